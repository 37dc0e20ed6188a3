/* template_format: values made readable for people, in the reader's language and the process's time zone.
 *
 * A time is an RFC 3339 text or a number of milliseconds since 1970, a span and a size are whole numbers. A value of the
 * wrong kind writes nothing.
 *   clock  오후 3:05                        3:05 PM
 *   day    2026년 11월 22일 일요일            Sunday, November 22, 2026
 *   date   2026-11-22                       (for datetime and value attributes)
 *   short  11. 22. 오후 3:05                 Nov 22, 3:05 PM
 *   stamp  오후 3:05:20                      3:05:20 PM
 *   span   3:40, 1:02:03                    from seconds
 *   size   124 KB                           from bytes
 *   first  김                               the first character of a text, upper case for a-z */
#ifndef SANGDAM_CGI_TEMPLATE_FORMAT_H
#define SANGDAM_CGI_TEMPLATE_FORMAT_H

#include <json-c/json.h>
#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/catalog.h"

enum value_format {
    FORMAT_NONE,
    FORMAT_CLOCK,
    FORMAT_DAY,
    FORMAT_DATE,
    FORMAT_SHORT,
    FORMAT_STAMP,
    FORMAT_SPAN,
    FORMAT_SIZE,
    FORMAT_FIRST,
};

/* The format called name (n bytes); false when there is none. */
bool value_format_by_name(const char *name, size_t n, enum value_format *format_r);
/* Appends v, unescaped: FORMAT_NONE writes texts, numbers and booleans as they are, nothing for null, arrays, objects. */
void value_format_write(struct buf *out, enum value_format format, struct json_object *v, enum lang lang);

#endif
