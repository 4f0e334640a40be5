# Sourced by the other scripts: one place for versions, folders and the choice of compiler.
export WASM_BINDGEN_VERSION=0.2.130
export CARGO_LEPTOS_VERSION=0.3.11
export PLUMBLINE_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/plumbline"
# One target folder for every checkout, outside the tree, so that a fresh clone builds fast.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PLUMBLINE_CACHE/target}"
export PATH="$PWD/node_modules/.bin:$HOME/.cargo/bin:$PATH"
export CHROMIUM="${CHROMIUM:-/usr/bin/chromium}"
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"
# Cargo-leptos sets this for its debug builds; the same flags everywhere keep one set of artefacts.
export RUSTFLAGS="${RUSTFLAGS:---cfg erase_components}"

rustc_new_enough() { rustc --version 2>/dev/null | awk '{split($2, v, "."); exit !(v[1] > 1 || v[2] >= 96)}'; }
use_debian_rust() {
    export RUSTUP_TOOLCHAIN=debian
    command -v rustup >/dev/null || export PATH="/usr/bin:$PATH"
}
if [ -z "${RUSTUP_TOOLCHAIN:-}" ] && command -v rustup >/dev/null && rustup toolchain list 2>/dev/null | grep -q '^debian'; then
    use_debian_rust
fi

# The newest, unless it is said which.
export POSTGRES_BIN="${POSTGRES_BIN:-$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1)}"
