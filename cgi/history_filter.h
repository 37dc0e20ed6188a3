/* history_filter: what to look for among completed chats, from a query: the same words for the page and for REST. Dates are days of the site's
 * zone; `to` as a date holds that whole day, as RFC 3339 it is the first moment outside. */
#ifndef SANGDAM_CGI_HISTORY_FILTER_H
#define SANGDAM_CGI_HISTORY_FILTER_H

#include "cgi/http.h"
#include "lib/base/json.h"
#include "lib/chat/session.h"

enum { HISTORY_Q, HISTORY_FROM, HISTORY_TO, HISTORY_AGENT, HISTORY_CATEGORY, HISTORY_REASON, HISTORY_CURSOR, HISTORY_LIMIT, HISTORY_CUSTOMER, HISTORY_RATING, HISTORY_TAG, HISTORY_OWN_TOTAL };
/* The rows of both query tables. */
#define HISTORY_FIELDS                                                   \
    [HISTORY_Q] = {"q", FIELD_TEXT, false, 0, 800},                      \
    [HISTORY_FROM] = {"from", FIELD_TEXT, false, 0, 40},                 \
    [HISTORY_TO] = {"to", FIELD_TEXT, false, 0, 40},                     \
    [HISTORY_AGENT] = {"agent", FIELD_INT, false, 1, JSON_MAX_INT},      \
    [HISTORY_CATEGORY] = {"category", FIELD_CODE, false, 0, 0},          \
    [HISTORY_REASON] = {"reason", FIELD_CODE, false, 0, 0},              \
    [HISTORY_CURSOR] = {"cursor", FIELD_INT, false, 1, JSON_MAX_INT},    \
    [HISTORY_LIMIT] = {"limit", FIELD_INT, false, 1, 200},               \
    [HISTORY_CUSTOMER] = {"customer", FIELD_TEXT, false, 0, 400},        \
    [HISTORY_RATING] = {"rating", FIELD_INT, false, 1, 5},              \
    [HISTORY_TAG] = {"tag", FIELD_TEXT, false, 0, 160}

/* Fills filter_r from values in the order above, which it borrows: q->query, or q->form. False: *refusal_r names the wrong field. */
bool history_filter_read(const struct config *config, const struct value *v, int default_limit, struct session_filter *filter_r, struct refusal *refusal_r);
/* text in NFC into search, "" when blank. */
bool history_filter_search(const char *text, struct buf *search);
/* text, or NULL when it is blank. */
const char *history_filter_text(const char *text);
/* Whether search_chats() is to answer it, not session_list(). */
bool history_filter_is_search(const struct session_filter *filter);
/* A date ("2026-11-22") or RFC 3339 in the site's zone; is_end: a date's end instead of its beginning. */
bool history_filter_moment(const struct config *config, const char *text, bool is_end, int64_t *ms_r);
/* "today", "week", "month" (so many days up to now's end), "all" and "" */
bool history_filter_period(const struct config *config, const char *name, struct session_filter *filter_r);

#endif
