/* bar_chart: numbers as the bars of templates/bar_chart.html. The template writes the SVG; here are only the sums. */
#ifndef SANGDAM_CGI_BAR_CHART_H
#define SANGDAM_CGI_BAR_CHART_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

struct bar {
    const char *label; /* under the bar; "" leaves room only */
    const char *title; /* what a pointer on it reads, as "14:00: 26" */
    int64_t value;     /* >= 0 */
    int64_t before;    /* the same of the period before, drawn beside; -1: none */
};

/* A line through values over the labels, and a dashed one of those before: {summary, ticks, labels, line, then, dots} for templates/line_chart.html. A value below 0 is a
 * gap. ticks are texts of text_of(). */
struct json_object *line_chart(const struct bar *points, size_t n, const char *summary, const char *(*text_of)(int64_t value, char *out, size_t size));
/* {summary, ticks, bars} for the hole `chart`, the caller's; NULL when n is 0 or memory is out. summary: one sentence for who can't see it. */
struct json_object *bar_chart(const struct bar *bars, size_t n, const char *summary);

#endif
