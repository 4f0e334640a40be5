#!/usr/bin/env bash
# The load test and the criterion benches; and, given the folder of a peer harness in PEERS, the same requests beside the
# peers that PEER_NAMES lists.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
bench/load.sh
cargo bench -p leads
if [ -n "${PEERS:-}" ]; then
    # Here durability counts: Postgres with its defaults.
    # shellcheck disable=SC2086
    PLUMBLINE_PG_OPTIONS="" scripts/with-postgres.sh bench/peers.sh "$PEERS/run.sh" ${PEER_NAMES:-pocketbase}
fi
