#!/bin/sh
# Many messages in one transaction against a real MariaDB; see test_batch.c.
exec "${srcdir:-.}/t/db/with-mariadb" "${builddir:-.}/t/db/test_batch"
