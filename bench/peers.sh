#!/usr/bin/env bash
# Sets the variables by which a peer benchmark that takes "any other server" from the environment runs Plumbline,
# then runs it: bench/peers.sh HARNESS/run.sh [PEER...]. Prints the harness's table (see its README for the columns).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
harness=$1; shift
repo=$PWD
secret=bench-jwt-secret-of-32-characters-or-more
run="env LEPTOS_SITE_ROOT=$CARGO_TARGET_DIR/site LEPTOS_OUTPUT_NAME=plumbline LEPTOS_HASH_FILES=true LEPTOS_HASH_FILE_NAME=$CARGO_TARGET_DIR/release/hash.txt LEPTOS_SITE_PKG_DIR=pkg \
RATE_LIMITS=off LOG_LEVEL=warn ADMIN_PASSWORD=bench-admin-password JWT_SECRET=$secret CRON_SECRET=bench-cron-secret-16 \
PLUMBLINE_LISTEN=127.0.0.1:3900 DATA_DIR=\$BENCH_WORK/data"
common() {
    export "$1_BASE_URL=http://127.0.0.1:$2" "$1_LIST_PATH=/api/contractors/leads?status=assigned&limit=50" \
        "$1_GET_PATH=/api/contractors/leads/{id}" "$1_CREATE_PATH=/api/leads/submit" \
        "$1_IDS_CMD=python3 $repo/bench/fill.py --ids \$BENCH_DATA/leads.csv" "$1_AUTH_CMD=python3 $repo/bench/fill.py --token $secret"
}
common SQLITE 3900
live="sqlite://\$BENCH_WORK/live.db"
export SQLITE_NAME=plumbline-sqlite \
    SQLITE_SETUP_CMD="rm -f \$BENCH_WORK/seed.db*; env DATABASE_URL=sqlite://\$BENCH_WORK/seed.db ${run#env } $CARGO_TARGET_DIR/release/plumbline migrate && python3 $repo/bench/fill.py sqlite://\$BENCH_WORK/seed.db \$BENCH_DATA/leads.csv" \
    SQLITE_RESET_CMD="rm -f \$BENCH_WORK/live.db*; cp \$BENCH_WORK/seed.db \$BENCH_WORK/live.db" \
    SQLITE_START_CMD="env DATABASE_URL=$live ${run#env } $CARGO_TARGET_DIR/release/plumbline serve"
peers=("$@" env:SQLITE)
if [ -n "${TEST_POSTGRES_URL:-}" ]; then
    common POSTGRES 3901
    base=${TEST_POSTGRES_URL%/*}
    run=${run/3900/3901}
    export POSTGRES_NAME=plumbline-postgres POSTGRES_DB_PID=$TEST_POSTGRES_PID \
        POSTGRES_SETUP_CMD="psql -q $TEST_POSTGRES_URL -c 'drop database if exists bench_seed' -c 'create database bench_seed' && env DATABASE_URL=$base/bench_seed ${run#env } $CARGO_TARGET_DIR/release/plumbline migrate && python3 $repo/bench/fill.py $base/bench_seed \$BENCH_DATA/leads.csv" \
        POSTGRES_RESET_CMD="psql -q $TEST_POSTGRES_URL -c 'drop database if exists bench_live with (force)' -c 'create database bench_live template bench_seed'" \
        POSTGRES_START_CMD="env DATABASE_URL=$base/bench_live ${run#env } $CARGO_TARGET_DIR/release/plumbline serve"
    peers+=(env:POSTGRES)
fi
exec "$harness" "${peers[@]}"
