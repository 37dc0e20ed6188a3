/* zone: IANA time zones, read from the system's TZif files (RFC 8536) into a struct of our own. The C library knows one zone a process
 * and setenv("TZ") is no way to change it among threads. A struct zone never changes: any thread may ask it.
 *
 * Limits: leap seconds are not known, as in POSIX time, so names under right/ and posix/ are refused. */
#ifndef SANGDAM_BASE_ZONE_H
#define SANGDAM_BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZONE_NAME_SIZE 64

struct zone;

enum zone_found {
    ZONE_FOUND,
    ZONE_UNKNOWN, /* no such name, or not a zone's file */
    ZONE_NO_DATA, /* the system has no zone data at all (Debian: tzdata). UTC and Asia/Seoul are found without */
};

/* Opens name ("Asia/Seoul"). dir: the folder of zones; NULL: /usr/share/zoneinfo. Blocks on one small file. *zone_r is the caller's to free. */
enum zone_found zone_open(const char *dir, const char *name, struct zone **zone_r);
void zone_free(struct zone **zone);
const char *zone_name(const struct zone *z);
/* Seconds east of UTC in force at utc_s (seconds since 1970). */
int32_t zone_offset(const struct zone *z, int64_t utc_s);
/* The moment of a local time (seconds since 1970-01-01 00:00 on that zone's clocks). One that comes twice is its first coming; one that is
 * jumped over is the moment of the jump. */
int64_t zone_to_utc(const struct zone *z, int64_t local_s);

#endif
