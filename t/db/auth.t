#!/bin/sh
# Accounts, sign-ins, tokens, codes and stored files against a real MariaDB; see test_auth.c.
exec "${srcdir:-.}/t/db/with-mariadb" "${builddir:-.}/t/db/test_auth"
