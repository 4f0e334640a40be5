#!/usr/bin/env bash
# Every Rust test, each persistence and API test on SQLite and on a private Postgres.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
echo "Running the Rust tests on SQLite and Postgres."
cargo test --quiet --no-run "$@"
# A test that waits for ever must not take the whole run with it.
scripts/with-postgres.sh timeout --kill-after=10 1800 cargo test --quiet "$@"
