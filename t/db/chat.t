#!/bin/sh
# The chat rules against a real MariaDB; see test_chat.c.
exec "${srcdir:-.}/t/db/with-mariadb" "${builddir:-.}/t/db/test_chat"
