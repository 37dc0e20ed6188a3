/* clock: wall time and monotonic time in milliseconds, RFC 3339 text, MariaDB DATETIME(3) text, the calendar.
 * Zones are in zone.h. */
#ifndef SANGDAM_BASE_CLOCK_H
#define SANGDAM_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT_SIZE 32 /* bytes that any text written here needs, with its NUL */

int64_t clock_wall_ms(void);      /* since 1970-01-01T00:00:00Z */
int64_t clock_monotonic_ms(void); /* for time-outs: never jumps */
int64_t clock_monotonic_us(void);
/* "2026-11-22T06:03:00.123Z" */
void clock_rfc3339(int64_t wall_ms, char out[CLOCK_TEXT_SIZE]);
/* "2026-11-22 06:03:00.123", UTC, as DATETIME(3) is written and read */
void clock_sql(int64_t wall_ms, char out[CLOCK_TEXT_SIZE]);
/* Reads what clock_sql wrote (fraction of 0..6 digits); -1 when it isn't one. NULL gives -1. */
int64_t clock_parse_sql(const char *s);
/* Strict RFC 3339 with Z or an offset, fraction optional; false when it isn't one. */
bool clock_parse_rfc3339(const char *s, int64_t *wall_ms_r);
/* Days since 1970-01-01 and their date in the proleptic Gregorian calendar; month and day from 1. */
void clock_date_of_day(int64_t day, int *year_r, int *month_r, int *day_r);
int64_t clock_day_of_date(int year, int month, int day);

#endif
