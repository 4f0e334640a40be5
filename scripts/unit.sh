#!/usr/bin/env bash
# Every Rust test, each persistence and API test on SQLite and on a private Postgres.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
echo "Running the Rust tests on SQLite and Postgres."
scripts/with-postgres.sh cargo test --quiet "$@"
