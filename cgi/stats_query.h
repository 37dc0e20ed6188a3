/* stats_query: what /stats/NAME.FORMAT?... asks for. A wrong value is 400 naming its parameter; zones that the system lacks are 503. */
#ifndef SANGDAM_CGI_STATS_QUERY_H
#define SANGDAM_CGI_STATS_QUERY_H

#include "cgi/http.h"
#include "lib/chat/stats.h"

enum stats_view { STATS_LIVE, STATS_SUMMARY, STATS_AGENTS, STATS_CATEGORIES, STATS_HOURS, STATS_CHATS, STATS_MESSAGES, STATS_QUEUE, STATS_CSAT, STATS_VIEW_TOTAL };
enum stats_format { STATS_JSON, STATS_CSV, STATS_HTML, STATS_TXT, STATS_SVG, STATS_FORMAT_TOTAL };

/* The parameters of each kind of view, for cgi/route.h. */
extern const struct field stats_live_fields[], stats_table_fields[], stats_chats_fields[], stats_queue_fields[];
const struct field *stats_view_fields(enum stats_view view);
/* "live" "summary" ... and "json" "csv" "html" "txt" "svg" */
const char *stats_view_name(enum stats_view view);
const char *stats_format_name(enum stats_format format);

struct stats_query {
    enum stats_view view;
    enum stats_format format;
    struct zone *zone; /* owned */
    struct stats_ask ask;
    int64_t now_ms;
    bool has_bom;          /* CSV begins with U+FEFF, for spreadsheets that else take Korean for something other */
    bool has_compare;      /* compare=previous */
    struct stats_ask previous; /* then: the equal period before */
    int chart;             /* what a picture shows: -1 chats, else a figure's median */
    struct stats_list_ask list; /* chats */
    struct stats_ask list_ask[2]; /* of the dashboard: what its heat map and its table of agents ask */
    bool is_stream;        /* chats as CSV without a limit: all of them */
};
/* View and format by path (/stats/NAME or /stats/NAME.FORMAT; without a format by Accept, JSON when all are equal), the rest by the query. False: the
 * refusal is the answer. stats_query_clear() it in both cases. May block on the database and the zone's file. */
bool stats_query_read(struct request *q, struct stats_query *s_r);
void stats_query_clear(struct stats_query *s);

#endif
