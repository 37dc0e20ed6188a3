/* hours: opening hours from the command line: weekly hours (what lies between two spans is a break), holidays, the zone. */
#include "ctl/sangdamctl/command.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/zone.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/hours.h"

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

static bool set_day(struct db *db, int weekday, const struct hours_day *day)
{
    if (!db_exec(db, "DELETE FROM business_hour WHERE category_id IS NULL AND weekday = ?", DB_ARGS(db_int(weekday)), NULL))
        return false;
    for (size_t i = 0; i < day->n; i++)
        if (!db_exec(db, "INSERT INTO business_hour (weekday, open_minute, close_minute) VALUES (?,?,?)",
                     DB_ARGS(db_int(weekday), db_int(day->spans[i].open), db_int(day->spans[i].close)), NULL))
            return false;
    return true;
}

static int set(struct db *db, int argc, char **argv)
{
    struct hours_day day;
    unsigned bits = argc == 2 ? parse_days(argv[0]) : 0;
    bool ok;

    if (!bits || !hours_day_parse(argv[1], &day))
        return command_fail(EX_USAGE, "hours", "set DAYS HOURS: mon-fri 09:00-12:00,13:00-18:00, or closed");
    ok = db_begin(db);
    for (int i = 0; i < 7 && ok; i++)
        if (bits & 1u << i)
            ok = set_day(db, i, &day);
    return ok && db_commit(db) ? EX_OK : command_fail_db("hours", db);
}

/* "2026-12-25" as a date that there is. */
static bool is_date(const char *s)
{
    int year, month, day, y, m, d;
    char rest;

    if (strlen(s) != 10 || sscanf(s, "%4d-%2d-%2d%c", &year, &month, &day, &rest) != 3 || month < 1 || month > 12 || day < 1)
        return false;
    clock_date_of_day(clock_day_of_date(year, month, day), &y, &m, &d);
    return y == year && m == month && d == day;
}

static int holiday(struct db *db, int argc, char **argv)
{
    struct hours_day day = {0};
    bool removes = argc == 2 && strcmp(argv[1], "none") == 0;

    if (argc < 1 || argc > 4 || !is_date(argv[0]) || (argc == 4 && (!hours_day_parse(argv[3], &day) || day.n > 1)))
        return command_fail(EX_USAGE, "hours", "holiday DATE [NAME [NAME_EN [HOURS]]], or holiday DATE none");
    if (!db_exec(db, "DELETE FROM business_holiday WHERE holiday = ?", DB_ARGS(db_text(argv[0])), NULL))
        return command_fail_db("hours", db);
    if (!removes && !db_exec(db, "INSERT INTO business_holiday (holiday, name, name_en, open_minute, close_minute) VALUES (?,?,?,?,?)",
                             DB_ARGS(db_text(argv[0]), db_text(argc > 1 ? argv[1] : ""), db_text(argc > 2 ? argv[2] : ""), day.n ? db_int(day.spans[0].open) : db_null(),
                                     day.n ? db_int(day.spans[0].close) : db_null()),
                             NULL))
        return command_fail_db("hours", db);
    return EX_OK;
}

static int set_zone(struct db *db, int argc, char **argv)
{
    struct zone *zone = NULL;

    if (argc != 1)
        return command_usage("hours");
    if (zone_open(NULL, argv[0], &zone) != ZONE_FOUND)
        return command_fail(EX_DATAERR, "hours", "%s: no such zone", argv[0]);
    zone_free(&zone);
    return db_exec(db, "REPLACE INTO entry_setting (name, value) VALUES ('hours_zone', ?)", DB_ARGS(db_text(argv[0])), NULL) ? EX_OK : command_fail_db("hours", db);
}

static void day_text(const struct hours_day *day, struct buf *out)
{
    for (size_t i = 0; i < day->n; i++)
        buf_printf(out, "%s%02d:%02d-%02d:%02d", i ? "," : "", day->spans[i].open / 60, day->spans[i].open % 60, day->spans[i].close / 60, day->spans[i].close % 60);
    if (!day->n)
        buf_add_str(out, "closed");
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
        struct buf text = BUF_INIT;
        day_text(&h->week[i], &text);
        jw_str(&w, days[i], buf_str(&text));
        buf_free(&text);
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
        struct buf text = BUF_INIT;
        day_text(&h->week[i], &text);
        printf("%-6s %s\n", days[i], buf_str(&text));
        buf_free(&text);
    }
    for (size_t i = 0; i < h->holiday_count; i++) {
        struct buf text = BUF_INIT;
        int year, month, day;
        clock_date_of_day(h->holidays[i].day, &year, &month, &day);
        day_text(&h->holidays[i].hours, &text);
        printf("%04d-%02d-%02d %s %s\n", year, month, day, buf_str(&text), h->holidays[i].name[LANG_KO]);
        buf_free(&text);
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
        status = db_exec(db, "DELETE FROM business_hour WHERE category_id IS NULL", NULL, 0, NULL) ? EX_OK : command_fail_db("hours", db);
    else
        status = command_usage(argv[0]);
    db_close(&db);
    return status;
}
