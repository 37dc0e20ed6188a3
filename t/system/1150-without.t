#!/bin/bash
# configure without all that is optional: it says what is lost, everything builds, and what stands in for the missing libraries does its work.
set -u
src=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
src=$(cd "$src" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 failed=0
ok() { # STATUS NAME [FILE shown on failure]
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        failed=1
        [ $# -lt 3 ] || tail -n 30 "$3" | sed 's/^/# /'
    fi
}

cd "$dir" || exit 70
"$src/configure" --enable-developer --without-magic --without-hiredis --without-curl --without-openssl --without-utf8proc CFLAGS=-O0 >configure.log 2>&1
ok $? "configure --without-magic --without-hiredis --without-curl --without-openssl --without-utf8proc" configure.log
for name in magic hiredis curl openssl utf8proc; do
    grep -q "without $name: ." configure.log
    ok $? "configure says what is lost without $name" configure.log
done
make -s -j2 all >make.log 2>&1 && make -s -j2 t/unit/test_file.t t/unit/test_nickname.t >>make.log 2>&1 # one after the other: `all` is a make of its own
ok $? "everything builds" make.log
for program in sangdam-pushd cgi/chat.fcgi cgi/file.fcgi sangdamctl; do
    # what it asks for itself: Connector/C has OpenSSL anyway
    readelf -d "./$program" | grep NEEDED >libraries && ! grep -qE 'libmagic|libhiredis|libcurl|libcrypto|libutf8proc' libraries
    ok $? "$program needs none of them" libraries
done
export CMOCKA_MESSAGE_OUTPUT=TAP srcdir=$src builddir=$dir
for name in file nickname; do
    "t/unit/test_$name.t" >"$name.log" 2>&1
    ok $? "t/unit/test_$name.t passes without them" "$name.log"
done
PKG_CONFIG_LIBDIR=$dir/nothing PKG_CONFIG_PATH='' "$src/configure" >missing.log 2>&1
[ $? -ne 0 ] && grep -q 'libmicrohttpd is needed\|libmicrohttpd .* is needed' missing.log && grep -q 'libmicrohttpd-dev' missing.log
ok $? "a missing library is named, with its package" missing.log
echo "1..$n"
exit $failed
