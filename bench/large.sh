#!/usr/bin/env bash
# What a large company sees: the administrator's lead list with filters and the CSV export over 1,000,000 leads of 300
# contractors, and 500 signed webhooks a second for 30 s, each of which must be kept. On SQLite and on Postgres, against the
# release build. Prints a line for each. Usage: large.sh [LEADS]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
if [ -z "${TEST_POSTGRES_URL:-}" ]; then PLUMBLINE_PG_OPTIONS="" exec scripts/with-postgres.sh bench/large.sh "$@"; fi
leads=${1:-1000000}
dir=$(mktemp -d "${TMPDIR:-/tmp}/plumbline-large.XXXXXX")
server=
# It may write until it has ended.
stop() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true; rm -rf "$dir"; }
trap stop EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url="http://127.0.0.1:$port"
export PLUMBLINE_LISTEN="127.0.0.1:$port" PUBLIC_URL="$url" DATA_DIR="$dir" RATE_LIMITS=off LOG_LEVEL=warn TWILIO_AUTH_TOKEN=large-twilio-token
export ADMIN_PASSWORD=large-admin-password JWT_SECRET=large-jwt-secret-of-32-characters-or-more CRON_SECRET=large-cron-secret-16
python3 bench/fill.py --make "$leads" 300 > "$dir/leads.csv"
for engine in sqlite postgres; do
    export DATABASE_URL="sqlite://$dir/plumbline.db"
    if [ $engine = postgres ]; then
        psql -q "$TEST_POSTGRES_URL" -c 'create database large'
        export DATABASE_URL="${TEST_POSTGRES_URL%/*}/large"
    fi
    PLUMBLINE_PROFILE=release scripts/run.sh migrate > /dev/null
    python3 bench/fill.py "$DATABASE_URL" "$dir/leads.csv"
    PLUMBLINE_PROFILE=release scripts/run.sh serve > "$dir/server.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do curl -fsS "$url/health" >/dev/null 2>&1 && break; sleep 0.1; done
    python3 bench/large.py "$engine" "$server" "$url"
    kill "$server"; wait "$server" 2>/dev/null || true; server=
done
