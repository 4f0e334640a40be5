#!/usr/bin/env bash
# Runs the built binary with its site: scripts/run.sh serve|worker|migrate|demo|openapi|backup|restore
# PLUMBLINE_PROFILE=debug runs the one that the tests use.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
export LEPTOS_SITE_ROOT="$CARGO_TARGET_DIR/site" LEPTOS_OUTPUT_NAME=plumbline LEPTOS_SITE_PKG_DIR=pkg
export LEPTOS_HASH_FILES=true LEPTOS_HASH_FILE_NAME="$CARGO_TARGET_DIR/release/hash.txt"
exec "$CARGO_TARGET_DIR/${PLUMBLINE_PROFILE:-release}/plumbline" "$@"
