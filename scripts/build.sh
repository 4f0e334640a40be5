#!/usr/bin/env bash
# Builds the site (styles, WASM split by portal, precompressed) and the server: `build.sh` for use, `build.sh test`
# with the unoptimised server that the Rust tests have built already. Does nothing that is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
site="$CARGO_TARGET_DIR/site"
mkdir -p "$CARGO_TARGET_DIR/release" # cargo-leptos writes hash.txt there

# A build empties the site first: one at a time, and only when something that it is made of changed.
exec 9>"$CARGO_TARGET_DIR/.plumbline-build.lock"
flock 9
cp node_modules/rapidoc/dist/rapidoc-min.js public/rapidoc-min.js
stamp=$({ rustc -V; cat package-lock.json scripts/env.sh scripts/build.sh scripts/tools/* scripts/p*.mjs Cargo.toml Cargo.lock; find app frontend crates/kernel crates/leads style public -type f ! -path style/output.css -print0 | sort -z | xargs -0 cat; } | sha256sum | cut -d' ' -f1)
if [ "$(cat "$CARGO_TARGET_DIR/.plumbline-site" 2>/dev/null)" != "$stamp" ]; then
    echo "Building the site (about 3 minutes)."
    rm -f "$CARGO_TARGET_DIR/.plumbline-site"
    LEPTOS_SITE_ROOT="$site" cargo leptos build --release --split --frontend-only
    node scripts/pack.mjs "$site"
    # Precompressed once here, so that no request pays for it.
    node scripts/precompress.mjs "$site"
    echo "$stamp" > "$CARGO_TARGET_DIR/.plumbline-site"
fi
if [ "${1:-}" = test ]; then
    # As part of the tests, and so with the features that it has there: by itself it would be compiled a second time.
    cargo test --quiet --no-run
else
    echo "Building the server, optimised (minutes when cold, seconds when warm)."
    # SQLite without the locks of its memory statistics, each connection with a page cache of its own, and one plan for a
    # statement whatever its values are.
    LIBSQLITE3_FLAGS="-DSQLITE_DEFAULT_MEMSTATUS=0 -USQLITE_ENABLE_MEMORY_MANAGEMENT -DSQLITE_ENABLE_QPSG" cargo build --quiet --release --bin plumbline
fi
