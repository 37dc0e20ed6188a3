/* hours: when the site's agents are there: weekly hours with breaks, holidays, in a zone of their own (business_hour, business_holiday, entry_setting).
 * Without weekly hours the site is always open. */
#ifndef SANGDAM_CHAT_HOURS_H
#define SANGDAM_CHAT_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/catalog.h"
#include "lib/chat/outcome.h"

struct config;
struct db;
struct zone;

#define HOURS_SPANS 8 /* most in a day: what lies between two is a break */
#define HOURS_DAY 1440
#define HOURS_NAME_SIZE 401

struct hours_span {
    int open, close; /* minutes after midnight, open < close <= HOURS_DAY */
};
struct hours_day {
    struct hours_span spans[HOURS_SPANS]; /* in order, apart from each other */
    size_t n;
};
struct hours_holiday {
    int64_t day; /* since 1970-01-01 */
    struct hours_day hours; /* n 0: closed */
    char name[LANG_COUNT][HOURS_NAME_SIZE]; /* "" when it has none */
};
struct hours {
    bool is_set; /* false: always open, and nothing else is filled */
    struct hours_day week[7]; /* 0 Monday */
    struct hours_holiday *holidays; /* by day; those of the past are left out */
    size_t holiday_count;
    struct zone *zone;
};

enum hours_why { HOURS_WHY_CLOSED, HOURS_WHY_BREAK, HOURS_WHY_HOLIDAY };
struct hours_state {
    bool is_open;
    enum hours_why why;                  /* when closed */
    const struct hours_holiday *holiday; /* of WHY_HOLIDAY, within the struct hours */
    int64_t next_open_ms;                /* wall; when closed; -1: not within a year */
    int days_ahead;                      /* of next_open: 0 today, 1 tomorrow ... */
};

/* Blocks. DONE or AWAY; *h_r is to be freed by hours_free(), also after AWAY. An unknown zone falls back to config's timezone and is logged. */
enum outcome hours_load(struct db *db, const struct config *config, int64_t now_ms, struct hours *h_r);
/* As hours_load(), but without weekly hours the holidays and the zone are filled all the same: for who changes them. */
enum outcome hours_load_all(struct db *db, const struct config *config, int64_t now_ms, struct hours *h_r);
void hours_free(struct hours *h);
/* Pure. */
void hours_look(const struct hours *h, int64_t now_ms, struct hours_state *state_r);
/* "09:00-12:00,13:00-18:00" or "closed" (n 0): in order, apart from each other; 24:00 is the day's end. False when it isn't such a text. */
bool hours_day_parse(const char *text, struct hours_day *day_r);

#endif
