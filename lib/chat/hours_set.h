/* hours_set: how opening hours, holidays and their zone are changed, by the admin's page and by sangdamctl. Each change is one transaction with its row in
 * audit_log; member_id is who does it, 0 the command line. All block. */
#ifndef SANGDAM_CHAT_HOURS_SET_H
#define SANGDAM_CHAT_HOURS_SET_H

#include "lib/chat/hours.h"

#define HOURS_TEXT_SIZE 128 /* of hours_day_text(): 8 spans */

/* "09:00-12:00,13:00-18:00", "closed" when it has no span. Pure; hours_day_parse() reads it. */
void hours_day_text(const struct hours_day *day, char out[HOURS_TEXT_SIZE]);
/* Days whose bit is set (0 Monday) get their hours of week. When all seven are closed then, no hours are set at all, which is "always open". */
enum outcome hours_set_week(struct db *db, int64_t member_id, const struct hours_day week[7], unsigned days);
/* Always open. */
enum outcome hours_clear(struct db *db, int64_t member_id);
/* 422 field zone: there is no such zone. */
enum outcome hours_set_zone(struct db *db, int64_t member_id, const char *zone, struct refusal *refusal_r);
/* The zone of the hours as it is kept, else config's. */
enum outcome hours_zone(struct db *db, const struct config *config, char *out, size_t out_size);
/* date "2026-12-25"; a day that is there already is replaced. day has at most one span; none: closed. 422 field date, name, nameEn, hours. */
enum outcome hours_set_holiday(struct db *db, int64_t member_id, const char *date, const char *name, const char *name_en, const struct hours_day *day,
                               struct refusal *refusal_r);
/* SAME: there was none. 422 field date. */
enum outcome hours_remove_holiday(struct db *db, int64_t member_id, const char *date, struct refusal *refusal_r);

#endif
