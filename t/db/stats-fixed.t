#!/bin/sh
# The same as stats.t after the figures of all chats that are over were fixed and added up: no answer may change.
SANGDAM_STATS=roll exec "${srcdir:-.}/t/db/with-mariadb" perl "${srcdir:-.}/t/db/stats.pl"
