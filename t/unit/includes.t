#!/bin/sh
# includes.t: includes point down only. Compares the #include lines of each folder with its .may_include: quoted includes
# name a listed folder or one in it, and the guarded headers of libraries (and epoll) are used only where they are listed.
# Prints TAP. Run by make check, or by hand from the top folder.
set -u

top=${srcdir:-.}
folders="lib/base lib/chat cgi pushd ctl"
guarded="fcgi[a-z_]*.h microhttpd.h mysql.h mysql/.* mariadb/.* ini.h json-c/.* json.h sodium.h sodium/.* hiredis/.* curl/.* magic.h utf8proc.h uthash.h utlist.h sys/epoll.h"

# Prints "FILE:LINE: what is wrong" for the C files below TOP/FOLDER.
wrong_includes() { # TOP FOLDER
    find "$1/$2" -name '*.[ch]' | sort | xargs -r awk -v root="$1/" -v list="$1/$2/.may_include" -v guarded="$guarded" '
        BEGIN {
            while ((getline line < list) > 0) {
                sub(/#.*/, "", line); gsub(/[ \t\r]/, "", line)
                if (line != "") may[line] = 1
            }
            n = split(guarded, guards, " ")
            for (i = 1; i <= n; i++) gsub(/\.h/, "[.]h", guards[i])
        }
        function is_listed(dir) { # itself, or a folder that it lies in
            while (!(dir in may)) if (!sub(/\/[^\/]*$/, "", dir)) return 0
            return 1
        }
        function complain(what) { print substr(FILENAME, length(root) + 1) ":" FNR ": " what }
        /^[ \t]*#[ \t]*include[ \t]*"/ {
            split($0, part, "\""); name = part[2]
            if (name == "config.h") next # what configure found out
            dir = name
            if (!sub(/\/[^\/]*$/, "", dir)) { complain("\"" name "\" names no folder"); next }
            if (!is_listed(dir)) complain("\"" name "\" is not below")
        }
        /^[ \t]*#[ \t]*include[ \t]*</ {
            name = $0; sub(/^[^<]*</, "", name); sub(/>.*/, "", name)
            for (i = 1; i <= n; i++)
                if (name ~ "^" guards[i] "$" && !(("<" name ">") in may)) { complain("<" name "> is not for this folder"); break }
        }'
}

count=0
failed=0
report() { # NAME OUTPUT: good when OUTPUT is empty
    count=$((count + 1))
    if [ -z "$2" ]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        echo "$2" | sed 's/^/# /'
        failed=1
    fi
}

for folder in $folders; do
    if [ -r "$top/$folder/.may_include" ]; then
        report "$folder includes what it may" "$(wrong_includes "$top" "$folder")"
    else
        report "$folder includes what it may" "$folder/.may_include is missing"
    fi
done

# Whoever looks for mistakes must find one.
house=$(mktemp -d) || exit 1
trap 'rm -rf "$house"' EXIT
mkdir -p "$house/room"
printf 'lib/base # the ground\n<sodium.h>\n' >"$house/room/.may_include"
printf '#include "config.h"\n#include <stdio.h>\n#include <sodium.h>\n#include "lib/base/buf.h"\n#include "lib/base/deep/er.h"\n' >"$house/room/good.c"
report "a good file is passed" "$(wrong_includes "$house" room)"
printf '# include "pushd/hub.h"\n  #include <fcgiapp.h>\n#include "buf.h"\n#include <sys/epoll.h>\n#include <json-c/json.h>\n' >"$house/room/bad.c"
found=$(wrong_includes "$house" room | sed 's/: .*//' | tr '\n' ' ')
expected="room/bad.c:1 room/bad.c:2 room/bad.c:3 room/bad.c:4 room/bad.c:5 "
[ "$found" = "$expected" ] && found= || found="found only: $found"
report "each bad line is found" "$found"

echo "1..$count"
exit $failed
