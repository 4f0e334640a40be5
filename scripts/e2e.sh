#!/usr/bin/env bash
# Walks the built product in Chromium: a fresh demo database, a server on a free port, the Playwright tests.
# The database is a SQLite file, or the empty one that E2E_DATABASE_URL names. Without arguments it runs all tests, and
# then the way of a lead once more on Postgres.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
echo "Running the end-to-end tests in Chromium."

dir=$(mktemp -d "${TMPDIR:-/tmp}/plumbline-e2e.XXXXXX")
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PLUMBLINE_URL="http://127.0.0.1:$port" E2E_DIR="$dir"
export PLUMBLINE_LISTEN="127.0.0.1:$port" PUBLIC_URL="$PLUMBLINE_URL" DATABASE_URL="${E2E_DATABASE_URL:-sqlite://$dir/plumbline.db}" DATA_DIR="$dir"
export ADMIN_PASSWORD=e2e-admin-password JWT_SECRET=e2e-jwt-secret-of-32-characters-or-more CRON_SECRET=e2e-cron-secret-of-16 TWILIO_AUTH_TOKEN=e2e-twilio-token
export COMPANY_PHONE=5125550100
export PLUMBLINE_PROFILE=debug
# The walk submits more often from one address than a homeowner may.
export RATE_LIMITS=off
server=
stop() {
    # What still writes would keep the folder from going.
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
    rm -rf "$dir"
}
trap stop EXIT

scripts/run.sh demo > "$dir/demo.log"
scripts/run.sh serve > "$dir/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do curl -fsS "$PLUMBLINE_URL/health" >/dev/null 2>&1 && break; sleep 0.1; done
curl -fsS "$PLUMBLINE_URL/health" >/dev/null || { cat "$dir/server.log" >&2; exit 1; }
status=0
node scripts/wasm-budget.mjs "$CARGO_TARGET_DIR/site" || { status=1; echo "The WASM is too large."; }
playwright test --config end2end/playwright.config.ts "$@" > >(tee "$dir/tests.log") || status=$?
if [ $status -ne 0 ]; then
    echo "What the server complained of:"
    grep -E " (WARN|ERROR) |panicked" "$dir/server.log" | tail -20 || true
    # Last, where it is found: what failed.
    echo "What failed:"
    sed -n '/^  1) /,$p' "$dir/tests.log" | cut -c1-300 | tail -60
    exit $status
fi
[ $# -eq 0 ] || exit 0
echo "Running the way of a lead once more, on Postgres."
scripts/with-postgres.sh bash -c 'psql -q "$TEST_POSTGRES_URL" -c "create database e2e"
    E2E_DATABASE_URL="${TEST_POSTGRES_URL%/*}/e2e" scripts/e2e.sh lead.spec.ts --project desktop'
