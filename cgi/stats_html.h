/* stats_html: the figures as pages (templates/stats.html, dashboard.html, stats_help.html). */
#ifndef SANGDAM_CGI_STATS_HTML_H
#define SANGDAM_CGI_STATS_HTML_H

#include "cgi/stats_query.h"
#include "cgi/stats_sheet.h"
#include "cgi/stats_write.h"

/* before: NULL without compare */
void stats_html_table(struct request *q, const struct stats_query *s, const struct stats_table *table, const struct stats_table *before);
void stats_html_sheet(struct request *q, const struct stats_query *s, const struct stats_sheet *sheet);
void stats_html_live(struct request *q, const struct stats_query *s, const struct stats_live *live);
void stats_html_chats(struct request *q, const struct stats_query *s, const struct stats_page *page);
struct stats_board { /* what the dashboard shows beside now */
    struct stats_table hours, last_hours; /* today and the same weekday a week ago, by the hour */
    struct stats_table days, last_days;   /* these seven days and those before, by the day */
    struct stats_table week;              /* four weeks by weekday and hour */
    struct stats_table agents;            /* these seven days, by agent */
};
void stats_html_dashboard(struct request *q, const struct stats_query *s, const struct stats_live *live, const struct stats_board *board);
void stats_html_help(struct request *q);

/* What the figures mean, for people: term and text are English msgids; term NULL ends the list. */
struct stats_definition {
    const char *name; /* as JSON and CSV call it */
    const char *term, *text;
};
extern const struct stats_definition stats_definitions[];

#endif
