#!/usr/bin/env bash
# Runs a command with a private, empty Postgres server: TEST_POSTGRES_URL names it.
# The server lives in a temporary folder on a free port, and goes away with the command. PLUMBLINE_PG_OPTIONS are its
# options; empty for its defaults. Unset, it does not wait for the disk, which tests do not need.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

dir=$(mktemp -d "${TMPDIR:-/tmp}/plumbline-pg.XXXXXX")
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# The server refuses to run as root.
as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" = 0 ] && chown postgres "$dir"
stop() {
    as_owner "$POSTGRES_BIN/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$dir"
}
trap stop EXIT
(
    cd "$dir"
    as_owner "$POSTGRES_BIN/initdb" -D "$dir/data" -U postgres --auth=trust -E UTF8 --locale=C >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
    as_owner "$POSTGRES_BIN/pg_ctl" -D "$dir/data" -w -l "$dir/server.log" \
        -o "-k $dir -p $port -c listen_addresses=127.0.0.1 -c max_connections=300 ${PLUMBLINE_PG_OPTIONS--c fsync=off}" start >/dev/null
)
export TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
# For whoever measures it.
TEST_POSTGRES_PID=$(head -1 "$dir/data/postmaster.pid")
export TEST_POSTGRES_PID
"$@"
