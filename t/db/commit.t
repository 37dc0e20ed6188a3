#!/bin/sh
# The link to MariaDB cut at COMMIT; see test_commit.c.
exec "${srcdir:-.}/t/db/with-mariadb" "${builddir:-.}/t/db/test_commit"
