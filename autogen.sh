#!/bin/sh
# Makes configure and the Makefile.in of a git checkout. A dist tarball carries both.
set -e
cd "$(dirname "$0")"
cp "$(automake --print-libdir)/tap-driver.sh" .
mkdir -p m4
exec autoreconf -i
