/* transcript_text: a chat's talk as plain text, for a file and for a letter: in the reader's language, times in the process's zone. What people wrote
 * stands indented behind its head line, so that no text can pass for somebody else's line. */
#ifndef SANGDAM_CGI_TRANSCRIPT_TEXT_H
#define SANGDAM_CGI_TRANSCRIPT_TEXT_H

#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/catalog.h"
#include "lib/chat/change.h"

struct config;

/* Appends what the chat is: site, topic, people, times. */
void transcript_text_head(struct buf *out, const struct config *config, enum lang lang, const struct session *s);
/* Appends rows, with a line for each new day. *last_ms: the time of the row before (-1: none), moved on; so a long talk can be written in pieces. */
void transcript_text_rows(struct buf *out, enum lang lang, const struct message *rows, size_t n, int64_t *last_ms);

#endif
