#!/usr/bin/env bash
# Submit, list and get at 1 and 32 connections against the release build with 100,000 leads, on SQLite and on Postgres
# (with its defaults: flushed to disk at each commit). Prints a table. Needs wrk. Usage: load.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2; exit 2; }
if [ -z "${TEST_POSTGRES_URL:-}" ]; then PLUMBLINE_PG_OPTIONS="" exec scripts/with-postgres.sh bench/load.sh "$@"; fi
seconds=${1:-5}
dir=$(mktemp -d "${TMPDIR:-/tmp}/plumbline-load.XXXXXX")
server=
# It may write until it has ended.
stop() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true; rm -rf "$dir"; }
trap stop EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url="http://127.0.0.1:$port"
export PLUMBLINE_LISTEN="127.0.0.1:$port" DATA_DIR="$dir" RATE_LIMITS=off LOG_LEVEL=warn
export ADMIN_PASSWORD=load-admin-password JWT_SECRET=load-jwt-secret-of-32-characters-or-more CRON_SECRET=load-cron-secret-16
python3 bench/fill.py --make 100000 > "$dir/leads.csv"
python3 bench/fill.py --ids "$dir/leads.csv" > "$dir/ids"
auth=$(python3 bench/fill.py --token "$JWT_SECRET")
cat > "$dir/load.lua" <<'LUA'
local what, ids = os.getenv("WHAT"), {}
for line in io.lines(os.getenv("IDS")) do ids[#ids + 1] = line end
local form = '{"customerFirstName":"John","customerLastName":"Smith","customerEmail":"john@example.com","customerPhone":"%03d%07d",' ..
   '"customerZip":"90210","serviceType":"ac_repair","timeline":"within_24_hours","budgetRange":"500-1000","propertyType":"residential"}'
wrk.headers["Authorization"] = os.getenv("AUTH"):gsub("^Authorization: ", "")
request = function()
   if what == "list" then return wrk.format("GET", "/api/contractors/leads?status=assigned&limit=50") end
   if what == "get" then return wrk.format("GET", "/api/contractors/leads/" .. ids[math.random(#ids)]) end
   local body = string.format(form, math.random(200, 999), math.random(0, 9999999))
   return wrk.format("POST", "/api/leads/submit", { ["Content-Type"] = "application/json" }, body)
end
done = function(s, latency)
   local e = s.errors
   io.write(string.format("RESULT %.0f %.2f %.2f %d\n", s.requests / s.duration * 1e6, latency:percentile(50) / 1e3,
      latency:percentile(99) / 1e3, e.status + e.connect + e.read + e.write + e.timeout))
end
LUA
printf '%-10s %-8s %5s %8s %8s %8s %7s\n' engine request conns rps p50_ms p99_ms errors
for engine in sqlite postgres; do
    export DATABASE_URL="sqlite://$dir/plumbline.db"
    if [ $engine = postgres ]; then
        psql -q "$TEST_POSTGRES_URL" -c 'create database load'
        export DATABASE_URL="${TEST_POSTGRES_URL%/*}/load"
    fi
    PLUMBLINE_PROFILE=release scripts/run.sh migrate > /dev/null
    python3 bench/fill.py "$DATABASE_URL" "$dir/leads.csv"
    PLUMBLINE_PROFILE=release scripts/run.sh serve > "$dir/server.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do curl -fsS "$url/health" >/dev/null 2>&1 && break; sleep 0.1; done
    for request in list get submit; do
        for conns in 1 32; do
            # An idle moment lets the outbox of the round before run empty.
            sleep 1
            result=$(WHAT=$request IDS="$dir/ids" AUTH="$auth" wrk -t1 -c$conns -d"${seconds}s" -s "$dir/load.lua" "$url" | grep RESULT)
            # shellcheck disable=SC2086
            printf '%-10s %-8s %5s %8s %8s %8s %7s\n' $engine $request $conns ${result#RESULT }
        done
    done
    kill "$server"; wait "$server" 2>/dev/null || true; server=
done
