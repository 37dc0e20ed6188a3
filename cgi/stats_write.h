/* stats_write: the figures as JSON, CSV and plain text. The figures of one answer are the same in all of them; JSON and CSV have all, in the
 * order of contract.md, Stats. Nothing here asks the database. */
#ifndef SANGDAM_CGI_STATS_WRITE_H
#define SANGDAM_CGI_STATS_WRITE_H

#include "cgi/stats_query.h"
#include "lib/base/buf.h"

#define STATS_HELP_URL "/stats/help"

struct json_writer;
/* What stands before the rows: from, to, tz, group, by, generatedAt, definitionsUrl; and behind them: agent, category, hours when they were asked for. */
void stats_write_head_json(struct json_writer *w, const struct stats_query *s);
void stats_write_filters_json(struct json_writer *w, const struct stats_query *s);
void stats_write_head_txt(struct buf *out, const struct stats_query *s);

/* The row of `before` that a row is compared with, or NULL: that of the same agent or category, else that of the same place. */
const struct stats_row *stats_row_before(const struct stats_query *s, const struct stats_table *table, size_t i, const struct stats_table *before);

/* {from, to, tz, group, by, generatedAt, definitionsUrl, rows:[{key, label, chats, missed, abandoned, dropped, wait_s:{n, mean, median, p90, max}, frt_s,
 *  art_s, mrt_s, handle_s, dur_s}]}; behind rows agent, category, hours when they were asked for, percentileError when median and p90 are from histograms, and with
 * compare=previous `compare`:{from, to}; each row then has `previous` (null: there was none) with the same keys. before: NULL without compare. */
void stats_write_table_json(struct buf *out, const struct stats_query *s, const struct stats_table *table, const struct stats_table *before);
void stats_write_table_csv(struct buf *out, const struct stats_query *s, const struct stats_table *table, const struct stats_table *before);
void stats_write_table_txt(struct buf *out, const struct stats_query *s, const struct stats_table *table, const struct stats_table *before);

/* {from, to, tz, generatedAt, definitionsUrl, waiting, longest_wait_s (null: nobody waits), active, agents_online, agents_max, connections (null: no
 * pushd here), chats, missed, abandoned, dropped, frt_s:{...}}: from chats on those of today */
void stats_write_live_json(struct buf *out, const struct stats_query *s, const struct stats_live *live);
void stats_write_live_csv(struct buf *out, const struct stats_query *s, const struct stats_live *live);
void stats_write_live_txt(struct buf *out, const struct stats_query *s, const struct stats_live *live);

struct stats_page { /* of the list of chats */
    struct stats_item *items; /* owned by whoever read them */
    size_t n;
    struct stats_cursor next;
    enum lang lang;
};
/* {from, to, tz, sort, generatedAt, definitionsUrl, paging:{limit, next}, rows:[{sessionId, cdate, endTime, status, statusName, categoryId, categoryName, memberId, memberName,
 *  adminId, adminName, answeredById, answeredByName, exitReasonName, title, messageCount, missed, abandoned, dropped, wait_s, frt_s, art_s, mrt_s, handle_s, dur_s, score}]} */
void stats_write_chats_json(struct buf *out, const struct stats_query *s, const struct stats_page *page);
void stats_write_chats_csv_head(struct buf *out, const struct stats_query *s);
void stats_write_chats_csv(struct buf *out, const struct stats_page *page);
void stats_write_chats_txt(struct buf *out, const struct stats_query *s, const struct stats_page *page);

/* The text of a cursor; "" when there is no further page. */
#define STATS_CURSOR_SIZE 48
/* How many chats an agent had at once while there was any, to 0.01; "" without. */
void stats_mean_load(const struct stats_load *load, char out[STATS_NUMBER_SIZE]);
void stats_cursor_text(struct stats_cursor c, char out[STATS_CURSOR_SIZE]);
/* A chat's own figure as shown everywhere: its mean answer time is a mean, rounded to 0.1 s. */
void stats_item_seconds(const struct stats_item *item, enum stats_figure figure, char out[STATS_NUMBER_SIZE]);

#endif
