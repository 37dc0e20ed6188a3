# say: how ./start speaks, and the exit codes of sysexits.h that it uses.
EX_USAGE=64 EX_UNAVAILABLE=69 EX_SOFTWARE=70 EX_TEMPFAIL=75

say() { printf '%s\n' "$*"; }
complain() { printf 'start: %s\n' "$*" >&2; }
die() { # STATUS MESSAGE...
    local status=$1
    shift
    complain "$@"
    exit "$status"
}

usage() {
    cat <<'END'
usage: ./start [--dir DIR] [--port N] [--set KEY=VALUE ...] [--demo full|none] [--nodes N --redis] [--detach]
       ./start [--dir DIR] --stop | --status

Installs what is missing, builds, makes a private MariaDB under DIR, starts everything on 127.0.0.1 and loads demo data.
The last line is `ready http://127.0.0.1:PORT/`. Ctrl-C ends all of it; the same DIR again keeps its data.

  --dir DIR        where everything lives (./run-demo)
  --port N         nginx's port (8080, or the one used before in DIR); 0 takes a free one
  --set KEY=VALUE  a key of DIR/sangdam.conf; `sangdamctl config-sample` lists them
  --demo none      only the demo accounts, no demo chats
  --redis          run a Redis, through which push daemons hear of each other
  --nodes N        N push daemons behind nginx (1; several need --redis)
  --detach         return when ready and go on in the background
  --stop           end what runs in DIR and return when all is gone
  --status         a line `NAME up|down PID...` a program; status 0 only if all are up

Environment: SANGDAM_BUILD names the build folder (./build-start), SANGDAM_CONFIGURE adds options to configure,
SANGDAM_DB_COPY names a stopped DIR/db to copy instead of making a new database.
END
}
