/* match: where the words of a search stand, for pages and for REST: a text in pieces, each marked or not, so that nobody puts HTML together. */
#ifndef SANGDAM_CGI_MATCH_H
#define SANGDAM_CGI_MATCH_H

#include <json-c/json.h>

#include "lib/base/json.h"
#include "lib/chat/search.h"

struct session_filter;

/* [{text, mark: bool}] of the part of text around the first word, "…" where it goes on. NULL when memory is out. */
struct json_object *match_pieces(const struct search_words *words, const char *text);

/* "matches": [{sessionId, seq, senderType, timestamp, pieces: [{text, mark}]}], of the chats that have a message with a word. False: memory is out. */
bool match_write_all(struct json_writer *w, const struct session_filter *filter, const struct search_found *found);

#endif
