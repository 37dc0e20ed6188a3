/* stats_link: addresses of the statistics: the same question elsewhere, and the list of chats behind a figure. */
#ifndef SANGDAM_CGI_STATS_LINK_H
#define SANGDAM_CGI_STATS_LINK_H

#include "cgi/stats_query.h"
#include "lib/base/buf.h"

/* The same question for another view or format: what was given and that view knows. */
void stats_link_view(struct request *q, enum stats_view view, const char *format, struct buf *url_r);
/* The chats that a row counts (NULL: of the whole question); has: as the parameter, "" all. By frt_s an agent is who answered. */
void stats_link_list(const struct stats_query *s, const struct stats_row *row, const char *has, struct buf *url_r);
/* Adds name=value, encoded, with ? or & before it. */
void stats_link_add(struct buf *url, const char *name, const char *value);

#endif
