#!/usr/bin/env bash
# Lighthouse against the release build on a fresh demo database; prints the table of bench/RESULTS.md.
# LIGHTHOUSE_RUNS (3): of so many runs a page the median counts. LIGHTHOUSE_CPU: how many times the processor is slowed; by itself
# as much as makes this machine a middling phone, four times at most.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

dir=$(mktemp -d "${TMPDIR:-/tmp}/plumbline-lighthouse.XXXXXX")
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PLUMBLINE_URL="http://127.0.0.1:$port" PLUMBLINE_LISTEN="127.0.0.1:$port" PUBLIC_URL="http://127.0.0.1:$port"
export DATABASE_URL="sqlite://$dir/plumbline.db" DATA_DIR="$dir" RATE_LIMITS=off
export ADMIN_PASSWORD=lighthouse-password JWT_SECRET=lighthouse-secret-of-32-characters-or-more CRON_SECRET=lighthouse-secret COMPANY_PHONE=5125550100
server=
# It may write until it has ended.
stop() { [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true; rm -rf "$dir"; }
trap stop EXIT

scripts/run.sh demo > "$dir/demo.log"
scripts/run.sh serve > "$dir/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do curl -fsS "$PLUMBLINE_URL/health" >/dev/null 2>&1 && break; sleep 0.1; done
curl -fsS "$PLUMBLINE_URL/health" >/dev/null || { cat "$dir/server.log" >&2; exit 1; }
node end2end/lighthouse.mjs
