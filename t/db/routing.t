#!/bin/sh
# Who is offered a waiting chat, against a real MariaDB; see test_routing.c.
exec "${srcdir:-.}/t/db/with-mariadb" "${builddir:-.}/t/db/test_routing"
