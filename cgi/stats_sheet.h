/* stats_sheet: the views that are plain tables of numbers (messages, queue, csat), as columns and cells once, from which every format is written. */
#ifndef SANGDAM_CGI_STATS_SHEET_H
#define SANGDAM_CGI_STATS_SHEET_H

#include "cgi/stats_query.h"
#include "lib/base/buf.h"

#define SHEET_COLUMNS_MAX 12
#define SHEET_CELL_SIZE 24

/* How people read a column: other formats have the number itself. */
enum sheet_unit { SHEET_NUMBER, SHEET_SECONDS, SHEET_SHARE };

struct sheet_column {
    const char *name;  /* in JSON and CSV */
    const char *title; /* msgid */
    const char *has;   /* the list of chats behind its cells: /stats/chats?has=...; "" all; NULL: there is none */
    enum sheet_unit unit;
};
struct sheet_row {
    char key[STATS_KEY_SIZE + 24];
    char label[STATS_LABEL_SIZE];
    struct stats_row row; /* for links: period and by_id; by_id -1: no list is behind it */
    char cells[SHEET_COLUMNS_MAX][SHEET_CELL_SIZE]; /* numbers as JSON writes them; "": null */
};
struct stats_sheet {
    const struct sheet_column *columns;
    size_t columns_n, n;
    struct sheet_row *rows; /* owned */
};
/* Of STATS_MESSAGES or STATS_CSAT. False when memory is out. */
bool stats_sheet_make(const struct stats_query *s, const struct stats_table *table, struct stats_sheet *sheet_r);
/* Of STATS_QUEUE: by category, who waits now and what the period's chats waited. */
bool stats_sheet_make_queue(const struct stats_table *table, const struct stats_queue *queue, enum lang lang, struct stats_sheet *sheet_r);
void stats_sheet_clear(struct stats_sheet *sheet);

/* {from, to, tz, group, by, generatedAt, definitionsUrl, rows:[{key, label, NAME: number or null ...}]} and what was asked for behind rows */
void stats_write_sheet_json(struct buf *out, const struct stats_query *s, const struct stats_sheet *sheet);
void stats_write_sheet_csv(struct buf *out, const struct stats_query *s, const struct stats_sheet *sheet);
void stats_write_sheet_txt(struct buf *out, const struct stats_query *s, const struct stats_sheet *sheet);

#endif
