#!/bin/sh
# t/ws/peers.mjs tells what it tests.
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
command -v node >/dev/null || { echo '1..0 # SKIP no node'; exit 0; }
exec node "$srcdir/t/ws/peers.mjs"
