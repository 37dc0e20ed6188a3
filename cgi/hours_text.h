/* hours_text: opening hours in words, Korean and English, for pages. Times are those of the hours' own zone. */
#ifndef SANGDAM_CGI_HOURS_TEXT_H
#define SANGDAM_CGI_HOURS_TEXT_H

#include <json-c/json.h>

#include "lib/base/buf.h"
#include "lib/base/catalog.h"
#include "lib/chat/hours.h"

/* Appends why it is closed and when it opens next, one or two sentences; nothing when it is open. */
void hours_text_closed(struct buf *out, enum lang lang, const struct hours *h, const struct hours_state *state);
/* The week as rows {days, times}: neighbours with the same hours are one row. The caller's to put; empty when no hours are set. */
struct json_object *hours_text_week(enum lang lang, const struct hours *h);

#endif
