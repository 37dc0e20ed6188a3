/* system_text: what a system row says, in the reader's language. Rows are stored in Korean (contract.md, STOMP) with kind and args; the pages
 * show them by these. The scripts hold the same texts (templates/texts.html). */
#ifndef SANGDAM_CGI_SYSTEM_TEXT_H
#define SANGDAM_CGI_SYSTEM_TEXT_H

#include <json-c/json.h>

#include "lib/base/buf.h"
#include "lib/base/catalog.h"
#include "lib/chat/message.h"

/* Appends the text of a system row, unescaped. args: {name, by: "M"|"A"|"S", reason: code, ko, en: its names}, each where the kind has it
 * (lib/chat/session_step.c), or NULL. Falls back to the stored text for a kind or args that it doesn't know. */
void system_text(struct buf *out, enum lang lang, enum message_kind kind, struct json_object *args, const char *stored);

#endif
