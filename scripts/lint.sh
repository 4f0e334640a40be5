#!/usr/bin/env bash
# Formatting, clippy with warnings denied for the server's side and the browser's, and the arrows between crates.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
echo "Linting."
cargo fmt --all --check
cargo clippy --quiet --all-targets -- -D warnings
cargo clippy --quiet -p frontend --target wasm32-unknown-unknown -- -D warnings
python3 scripts/check_arrows.py
if command -v cargo-deny >/dev/null; then
    cargo deny --log-level warn check licenses bans sources
else
    echo "cargo-deny is not installed: licences, banned crates and sources were not checked (deny.toml)."
fi
