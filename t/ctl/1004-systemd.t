#!/bin/bash
# The systemd units: systemd-analyze has nothing to say of them, and says something of a broken one.
set -u
srcdir=$(cd "${srcdir:-.}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
command -v systemd-analyze >/dev/null || { echo "1..0 # SKIP no systemd-analyze"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0 failed=0

ok() { # STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; failed=1; fi
}

cp "$srcdir"/etc/systemd/*.{socket,target} "$builddir"/etc/systemd/*.service "$work/"
sed -i 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$work"/*.service # the programs are not installed here
cd "$work" || exit 1

verify() { systemd-analyze verify --man=no "$@" 2>&1; }
for unit in sangdam-pushd.socket sangdam-pushd.service sangdam@chat.socket sangdam@chat.service sangdam.target; do
    said=$(verify "./$unit")
    status=$?
    [ -z "$said" ] || echo "$said" | sed 's/^/# /'
    [ $status -eq 0 ] && [ -z "$said" ]
    ok $? "$unit"
done
sed -i 's/^ListenSequentialPacket=/ListenSequential=/' sangdam-pushd.socket
[ -n "$(verify ./sangdam-pushd.socket)" ]
ok $? "a word that systemd does not know is found"

grep -q "^CONFIG(TEXT, pushd_socket, \"RUN/pushd.sock\"" "$srcdir/lib/chat/config_table.h" && grep -q "^CONFIG(TEXT, notify_socket, \"RUN/notify.sock\"" "$srcdir/lib/chat/config_table.h" &&
    grep -q '^ListenStream=/run/sangdam/pushd.sock$' "$srcdir/etc/systemd/sangdam-pushd.socket" &&
    grep -q '^ListenSequentialPacket=/run/sangdam/notify.sock$' "$srcdir/etc/systemd/sangdam-pushd.socket"
ok $? "the sockets are where the configuration has them by default"
echo "1..$n"
exit $failed
