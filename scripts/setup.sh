#!/usr/bin/env bash
# Installs what building and testing Plumbline needs, and nothing that is there already.
# Safe to repeat. On a machine with rustup it adds one target; without a reachable
# rustup server it builds that target from Debian's sources instead.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
need() { echo "Needed, and not here: $*" >&2; exit 1; }
apt_updated=
apt_update() { [ -n "$apt_updated" ] || { as_root apt-get update -qq; apt_updated=1; }; }
apt_has() { command -v apt-get >/dev/null && apt_update && apt-cache show "$1" >/dev/null 2>&1; }
apt_install() {
    command -v apt-get >/dev/null || need "$@"
    apt_update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# 1. A compiler that is new enough and knows wasm32.
has_wasm() { [ -n "$(ls "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib/"*.rlib 2>/dev/null)" ]; }
has_rust() { rustc_new_enough && has_wasm; }
if ! has_rust; then
    if timeout 120 rustup target add wasm32-unknown-unknown >/dev/null 2>&1 && has_rust; then
        say "added the wasm32 target with rustup"
    else
        apt_has rustc-web || need "Rust 1.96 or newer with its target for the browser. Try: rustup update && rustup target add wasm32-unknown-unknown"
        say "installing Debian's Rust and building the wasm32 standard library (about 2 minutes)"
        apt_install rustc-web cargo-web rust-web-src rust-web-llvm lld-22 rust-web-clippy rustfmt-web gcc libc6-dev
        command -v rustup >/dev/null && rustup toolchain link debian /usr
        use_debian_rust
        if ! has_wasm; then
            work=$(mktemp -d)
            mkdir -p "$work/src"
            printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[lib]\n' > "$work/Cargo.toml"
            : > "$work/src/lib.rs"
            (cd "$work" && CARGO_TARGET_DIR="$work/target" RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc /usr/bin/cargo build -q \
                -Zbuild-std=std,panic_abort --target wasm32-unknown-unknown --release)
            as_root mkdir -p /usr/lib/rustlib/wasm32-unknown-unknown/lib
            find "$work/target/wasm32-unknown-unknown/release/deps" -name '*.rlib' ! -name 'libempty-*' \
                -exec cp {} "$work/" \;
            as_root cp "$work"/*.rlib /usr/lib/rustlib/wasm32-unknown-unknown/lib/
            rm -rf "$work"
        fi
    fi
fi

command -v cc >/dev/null || { say "installing a C compiler"; apt_install gcc libc6-dev; }

# 2. Node packages: Tailwind, wasm-opt, Playwright, the API page.
if ! cmp -s package-lock.json node_modules/.installed-lock 2>/dev/null; then
    command -v npm >/dev/null || apt_install nodejs npm
    say "installing npm packages"
    # Not `npm ci`: it refuses a lock file that lacks other platforms' optional packages.
    npm install --no-save --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.installed-lock
fi
ln -sfn ../../scripts/tools/wasm-opt node_modules/.bin/wasm-opt

# 3. The Leptos build tool and the bindings generator (the latter must equal Cargo.lock's wasm-bindgen).
have() { [ "$("$1" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -1)" = "$2" ]; }
tools_target="$PLUMBLINE_CACHE/tools"
if ! have wasm-bindgen "$WASM_BINDGEN_VERSION"; then
    say "installing wasm-bindgen-cli $WASM_BINDGEN_VERSION (about 3 minutes, once per machine)"
    CARGO_TARGET_DIR="$tools_target" CARGO_PROFILE_DEV_DEBUG=0 cargo install -q wasm-bindgen-cli --version "=$WASM_BINDGEN_VERSION" --debug
fi
if ! have cargo-leptos "$CARGO_LEPTOS_VERSION"; then
    say "installing cargo-leptos $CARGO_LEPTOS_VERSION (about 8 minutes, once per machine)"
    CARGO_TARGET_DIR="$tools_target" CARGO_PROFILE_DEV_DEBUG=0 cargo install -q cargo-leptos --version "=$CARGO_LEPTOS_VERSION" --locked --debug \
        --no-default-features --features no_downloads
fi

command -v python3 >/dev/null || { say "installing Python"; apt_install python3; }

# 4. What the tests need besides: a browser, a Postgres server and a few small tools (only for `setup.sh test`).
if [ "${1:-}" = test ]; then
    # Debian 12 has 18.
    [ "$(node --version | grep -oE '[0-9]+' | head -1)" -ge 20 ] || need "Node.js 20 or newer, for Playwright (https://nodejs.org)"
    command -v curl >/dev/null || { say "installing curl"; apt_install curl; }
    python3 -c 'import ensurepip' 2>/dev/null || { say "installing Python's venv"; apt_install python3-venv; }
    [ -x "$CHROMIUM" ] || { say "installing Chromium (CHROMIUM names one that is elsewhere)"; apt_install chromium; }
    [ -x "$POSTGRES_BIN/initdb" ] || { say "installing PostgreSQL"; apt_install postgresql; }
fi
