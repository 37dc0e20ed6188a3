/* stats_svg: a table as a picture of its own (/stats/NAME.svg), to be put into other pages or printed: bars of chats or of a figure's median, and for
 * weekday-hour a heat map. What it shows is in the table of the same question; title and desc say it in words. Colours are attributes: no style is needed. */
#ifndef SANGDAM_CGI_STATS_SVG_H
#define SANGDAM_CGI_STATS_SVG_H

#include "cgi/stats_query.h"
#include "lib/base/buf.h"

void stats_write_table_svg(struct buf *out, const struct stats_query *s, const struct stats_table *table, enum lang lang);

#endif
