/* stats_html: the figures as pages (templates/stats.html, dashboard.html, stats_help.html). */
#ifndef SANGDAM_CGI_STATS_HTML_H
#define SANGDAM_CGI_STATS_HTML_H

#include "cgi/stats_query.h"
#include "cgi/stats_write.h"

void stats_html_table(struct request *q, const struct stats_query *s, const struct stats_table *table);
void stats_html_live(struct request *q, const struct stats_query *s, const struct stats_live *live);
void stats_html_chats(struct request *q, const struct stats_query *s, const struct stats_page *page);
/* hours: today by the hour; agents: today by agent. */
void stats_html_dashboard(struct request *q, const struct stats_query *s, const struct stats_live *live, const struct stats_table *hours,
                          const struct stats_table *agents);
void stats_html_help(struct request *q);

/* What the figures mean, for people: term and text are English msgids; term NULL ends the list. */
struct stats_definition {
    const char *name; /* as JSON and CSV call it */
    const char *term, *text;
};
extern const struct stats_definition stats_definitions[];

#endif
