#!/bin/sh
# Whether the staff take chats, against a real MariaDB; see test_desk.c.
exec "${srcdir:-.}/t/db/with-mariadb" "${builddir:-.}/t/db/test_desk"
