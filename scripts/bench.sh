#!/usr/bin/env bash
# The criterion benches; and, given the folder of a peer harness in PEERS, the load test beside those peers.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
cargo bench -p leads
bench/load.sh
if [ -n "${PEERS:-}" ]; then
    # Here durability counts: Postgres with its defaults.
    PLUMBLINE_PG_OPTIONS="" scripts/with-postgres.sh bench/peers.sh "$PEERS/run.sh" ${PEER_NAMES:-pocketbase}
fi
