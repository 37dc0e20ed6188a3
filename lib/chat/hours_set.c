/* hours_set: see hours_set.h. */
#include "lib/chat/hours_set.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/base/zone.h"
#include "lib/chat/audit.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"

#define NAME_POINTS 100

void hours_day_text(const struct hours_day *day, char out[HOURS_TEXT_SIZE])
{
    size_t at = 0;

    snprintf(out, HOURS_TEXT_SIZE, "closed");
    for (size_t i = 0; i < day->n && at < HOURS_TEXT_SIZE; i++)
        at += (size_t)snprintf(out + at, HOURS_TEXT_SIZE - at, "%s%02d:%02d-%02d:%02d", i ? "," : "", day->spans[i].open / 60, day->spans[i].open % 60,
                               day->spans[i].close / 60, day->spans[i].close % 60);
}

/* The end of every change: its audit row, COMMIT; or ROLLBACK. */
static enum outcome finish(struct db *db, bool ok, int64_t member_id, const char *action, const char *target, const char *detail)
{
    if (ok && audit_add(db, member_id, action, target, detail) && db_commit(db))
        return OUTCOME_DONE;
    if (db_in_transaction(db))
        db_rollback(db);
    return db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

/* ---- the week ---- */

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

enum outcome hours_set_week(struct db *db, int64_t member_id, const struct hours_day week[7], unsigned days)
{
    static const char *const names[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    struct buf detail = BUF_INIT;
    enum outcome outcome;
    bool ok = db_begin(db);

    for (int i = 0; i < 7 && ok; i++) {
        char text[HOURS_TEXT_SIZE];
        if (!(days & 1u << i))
            continue;
        hours_day_text(&week[i], text);
        buf_printf(&detail, "%s%s %s", detail.len ? "; " : "", names[i], text);
        ok = set_day(db, i, &week[i]);
    }
    outcome = finish(db, ok, member_id, "hours.week", "", buf_str(&detail));
    buf_free(&detail);
    return outcome;
}

enum outcome hours_clear(struct db *db, int64_t member_id)
{
    bool ok = db_begin(db) && db_exec(db, "DELETE FROM business_hour WHERE category_id IS NULL", NULL, 0, NULL);

    return finish(db, ok, member_id, "hours.week", "", "always open");
}

/* ---- the zone ---- */

enum outcome hours_set_zone(struct db *db, int64_t member_id, const char *name, struct refusal *refusal_r)
{
    struct zone *zone = NULL;
    bool ok;

    if (zone_open(NULL, name, &zone) != ZONE_FOUND)
        return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such time zone.", "zone");
    zone_free(&zone);
    ok = db_begin(db) && db_exec(db, "REPLACE INTO entry_setting (name, value) VALUES ('hours_zone', ?)", DB_ARGS(db_text(name)), NULL);
    return finish(db, ok, member_id, "hours.zone", "", name);
}

enum outcome hours_zone(struct db *db, const struct config *config, char *out, size_t out_size)
{
    struct db_rows *rows = db_query(db, "SELECT value FROM entry_setting WHERE name = 'hours_zone'", NULL, 0);

    if (!rows)
        return OUTCOME_AWAY;
    snprintf(out, out_size, "%s", db_rows_count(rows) ? db_cell(rows, 0, 0, NULL) : config->timezone);
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

/* ---- holidays ---- */

/* A date that there is, as the database writes it. */
static bool is_date(const char *s)
{
    int year, month, day, y, m, d;
    char rest;

    if (strlen(s) != 10 || strspn(s, "0123456789-") != 10 || sscanf(s, "%4d-%2d-%2d%c", &year, &month, &day, &rest) != 3 || year < 1970 || month < 1 || month > 12 ||
        day < 1)
        return false;
    clock_date_of_day(clock_day_of_date(year, month, day), &y, &m, &d);
    return y == year && m == month && d == day;
}

static enum outcome check_name(const char *name, const char *field, struct refusal *r)
{
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return refuse_field(r, 422, CODE_INPUT, "The text holds control characters.", field);
    return utf8_is_valid(name, strlen(name)) && utf8_count(name, strlen(name)) <= NAME_POINTS ? OUTCOME_DONE
                                                                                             : refuse_field(r, 422, CODE_INPUT, "The text is longer than 100 characters.", field);
}

enum outcome hours_set_holiday(struct db *db, int64_t member_id, const char *date, const char *name, const char *name_en, const struct hours_day *day,
                               struct refusal *refusal_r)
{
    static const char remove[] = "DELETE FROM business_holiday WHERE holiday = ?";
    static const char add[] = "INSERT INTO business_holiday (holiday, name, name_en, open_minute, close_minute) VALUES (?,?,?,?,?)";
    char text[HOURS_TEXT_SIZE];
    struct buf detail = BUF_INIT;
    enum outcome outcome;
    bool ok;

    if (!is_date(date))
        return refuse_field(refusal_r, 422, CODE_INPUT, "This is not a date.", "date");
    if ((outcome = check_name(name, "name", refusal_r)) != OUTCOME_DONE || (outcome = check_name(name_en, "nameEn", refusal_r)) != OUTCOME_DONE)
        return outcome;
    if (day->n > 1)
        return refuse_field(refusal_r, 422, CODE_INPUT, "A holiday has one span of hours at most.", "hours");
    hours_day_text(day, text);
    buf_printf(&detail, "%s%s%s", text, *name ? ", " : "", name);
    ok = db_begin(db) && db_exec(db, remove, DB_ARGS(db_text(date)), NULL) &&
         db_exec(db, add,
                 DB_ARGS(db_text(date), db_text(name), db_text(name_en), day->n ? db_int(day->spans[0].open) : db_null(), day->n ? db_int(day->spans[0].close) : db_null()),
                 NULL);
    outcome = finish(db, ok, member_id, "hours.holiday", date, buf_str(&detail));
    buf_free(&detail);
    return outcome;
}

enum outcome hours_remove_holiday(struct db *db, int64_t member_id, const char *date, struct refusal *refusal_r)
{
    uint64_t removed = 0;
    bool ok;

    if (!is_date(date))
        return refuse_field(refusal_r, 422, CODE_INPUT, "This is not a date.", "date");
    ok = db_begin(db) && db_exec(db, "DELETE FROM business_holiday WHERE holiday = ?", DB_ARGS(db_text(date)), &removed);
    if (ok && !removed) {
        db_rollback(db);
        return OUTCOME_SAME;
    }
    return finish(db, ok, member_id, "hours.holiday", date, "removed");
}
