#!/bin/sh
command -v node >/dev/null || { echo '1..0 # SKIP there is no node'; exit 0; }
exec node "$(dirname "$0")/keys.mjs"
