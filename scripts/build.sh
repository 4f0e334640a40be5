#!/usr/bin/env bash
# Builds the release binary and the site (styles, WASM split by portal, precompressed) into the target folder.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
site="$CARGO_TARGET_DIR/site"
mkdir -p "$CARGO_TARGET_DIR"

# One build at a time; and a build empties the site first, so skip it when nothing changed.
exec 9>"$CARGO_TARGET_DIR/.plumbline-build.lock"
flock 9
stamp=$({ rustc -V; cat package-lock.json scripts/env.sh; find app crates frontend server migrations style public Cargo.toml Cargo.lock -type f ! -name '*.css.map' ! -path 'style/output.css' -print0 | sort -z | xargs -0 cat; } | sha256sum | cut -d' ' -f1)
if [ -x "$CARGO_TARGET_DIR/release/plumbline" ] && [ "$(cat "$CARGO_TARGET_DIR/.plumbline-build" 2>/dev/null)" = "$stamp" ]; then
    echo "The build is up to date."
    exit 0
fi
rm -f "$CARGO_TARGET_DIR/.plumbline-build"
echo "Building the release binary and the site (minutes when cold, seconds when warm)."
cp node_modules/rapidoc/dist/rapidoc-min.js public/rapidoc-min.js
LEPTOS_SITE_ROOT="$site" cargo leptos build --release --split
# Precompressed once here, so that no request pays for it.
node scripts/precompress.mjs "$site"
echo "$stamp" > "$CARGO_TARGET_DIR/.plumbline-build"
