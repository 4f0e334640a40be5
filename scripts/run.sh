#!/usr/bin/env bash
# Runs the built binary with its site: scripts/run.sh serve|demo|migrate|openapi
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
export LEPTOS_SITE_ROOT="$CARGO_TARGET_DIR/site" LEPTOS_OUTPUT_NAME=plumbline LEPTOS_HASH_FILES=true LEPTOS_SITE_PKG_DIR=pkg
exec "$CARGO_TARGET_DIR/release/plumbline" "$@"
