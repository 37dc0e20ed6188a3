/* hours: opening hours from the command line: weekly hours (what lies between two spans is a break), holidays, the zone. */
#include "ctl/sangdamctl/command.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/zone.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/hours_set.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const char *const days[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static int day_number(const char *s, size_t n)
{
    for (int i = 0; i < 7; i++)
        if (n == 3 && strncmp(s, days[i], 3) == 0)
            return i;
    return -1;
}

/* "mon-fri", "sat,sun", "all" as bits; 0 when it isn't such a text. */
static unsigned parse_days(const char *s)
{
    unsigned bits = 0;

    if (strcmp(s, "all") == 0)
        return 0x7f;
    for (;; s++) {
        size_t n = strcspn(s, "-,");
        int from = day_number(s, n), to = from;
        s += n;
        if (*s == '-') {
            n = strcspn(++s, ",");
            to = day_number(s, n);
            s += n;
        }
        if (from < 0 || to < from)
            return 0;
        for (int i = from; i <= to; i++)
            bits |= 1u << i;
        if (*s == '\0')
            return bits;
    }
}

static int answer(enum outcome outcome, const struct refusal *refusal, struct db *db)
{
    if (outcome == OUTCOME_DONE || outcome == OUTCOME_SAME)
        return EX_OK;
    if (outcome == OUTCOME_REFUSED)
        return command_fail(strcmp(refusal->field, "date") == 0 ? EX_USAGE : EX_DATAERR, "hours", "%s: %s", refusal->field, refusal->message);
    return command_fail_db("hours", db);
}

static int set(struct db *db, int argc, char **argv)
{
    struct hours_day week[7];
    unsigned bits = argc == 2 ? parse_days(argv[0]) : 0;

    if (!bits || !hours_day_parse(argv[1], &week[0]))
        return command_fail(EX_USAGE, "hours", "set DAYS HOURS: mon-fri 09:00-12:00,13:00-18:00, or closed");
    for (int i = 1; i < 7; i++)
        week[i] = week[0];
    return answer(hours_set_week(db, 0, week, bits), NULL, db);
}

static int holiday(struct db *db, int argc, char **argv)
{
    struct hours_day day = {0};
    struct refusal refusal = {0};

    if (argc < 1 || argc > 4 || (argc == 4 && !hours_day_parse(argv[3], &day)))
        return command_fail(EX_USAGE, "hours", "holiday DATE [NAME [NAME_EN [HOURS]]], or holiday DATE none");
    if (argc == 2 && strcmp(argv[1], "none") == 0)
        return answer(hours_remove_holiday(db, 0, argv[0], &refusal), &refusal, db);
    return answer(hours_set_holiday(db, 0, argv[0], argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "", &day, &refusal), &refusal, db);
}

static int set_zone(struct db *db, int argc, char **argv)
{
    struct refusal refusal = {0};

    if (argc != 1)
        return command_usage("hours");
    return answer(hours_set_zone(db, 0, argv[0], &refusal), &refusal, db);
}

static void show_json(const struct hours *h, const struct hours_state *state, const char *zone)
{
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);

    jw_object(&w);
    jw_bool(&w, "set", h->is_set);
    jw_bool(&w, "open", state->is_open);
    jw_time(&w, "nextOpen", state->next_open_ms);
    jw_str(&w, "zone", zone);
    jw_object_key(&w, "week");
    for (int i = 0; i < 7 && h->is_set; i++) {
        char text[HOURS_TEXT_SIZE];
        hours_day_text(&h->week[i], text);
        jw_str(&w, days[i], text);
    }
    jw_object_end(&w);
    jw_int(&w, "holidays", (int64_t)h->holiday_count);
    jw_object_end(&w);
    puts(buf_str(&out));
    buf_free(&out);
}

static void show_text(const struct hours *h, const struct hours_state *state, const char *zone)
{
    char next[CLOCK_TEXT_SIZE] = "-";

    if (state->next_open_ms >= 0)
        clock_rfc3339(state->next_open_ms, next);
    printf("%-6s %s\n%-6s %s\n", "now", state->is_open ? "open" : "closed", "next", next);
    if (!h->is_set) {
        puts("no hours are set: always open");
        return;
    }
    printf("%-6s %s\n", "zone", zone);
    for (int i = 0; i < 7; i++) {
        char text[HOURS_TEXT_SIZE];
        hours_day_text(&h->week[i], text);
        printf("%-6s %s\n", days[i], text);
    }
    for (size_t i = 0; i < h->holiday_count; i++) {
        char text[HOURS_TEXT_SIZE];
        int year, month, day;
        clock_date_of_day(h->holidays[i].day, &year, &month, &day);
        hours_day_text(&h->holidays[i].hours, text);
        printf("%04d-%02d-%02d %s %s\n", year, month, day, text, h->holidays[i].name[LANG_KO]);
    }
}

static int show(struct db *db, const struct config *config, int argc, char **argv)
{
    struct hours h;
    struct hours_state state;
    int64_t now = clock_wall_ms();
    bool json = argc == 1 && !strcmp(argv[0], "--json");

    if (argc > 1 || (argc == 1 && !json))
        return command_usage("hours");
    if (hours_load(db, config, now, &h) != OUTCOME_DONE) {
        hours_free(&h);
        return command_fail_db("hours", db);
    }
    hours_look(&h, now, &state);
    (json ? show_json : show_text)(&h, &state, h.zone ? zone_name(h.zone) : config->timezone);
    hours_free(&h);
    return EX_OK;
}

int cmd_hours(struct command_context *c, int argc, char **argv)
{
    struct db *db;
    int status;

    if (argc < 2)
        return command_usage(argv[0]);
    db = db_open(c->config);
    if (!db)
        return command_fail(EX_OSERR, argv[0], "out of memory");
    if (!strcmp(argv[1], "show"))
        status = show(db, c->config, argc - 2, argv + 2);
    else if (!strcmp(argv[1], "set"))
        status = set(db, argc - 2, argv + 2);
    else if (!strcmp(argv[1], "holiday"))
        status = holiday(db, argc - 2, argv + 2);
    else if (!strcmp(argv[1], "zone"))
        status = set_zone(db, argc - 2, argv + 2);
    else if (!strcmp(argv[1], "clear") && argc == 2)
        status = answer(hours_clear(db, 0), NULL, db);
    else
        status = command_usage(argv[0]);
    db_close(&db);
    return status;
}
