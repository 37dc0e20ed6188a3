/* message_check: what a message may hold (contract.md, Shapes: content). */
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/chat/message.h"

/* Copies with CRLF and CR as LF. False at a control character other than TAB and LF. */
static bool copy_lines(const char *from, size_t n, char *to, size_t *len_r)
{
    size_t i, len = 0;

    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)from[i];

        if (c == '\r') {
            if (i + 1 < n && from[i + 1] == '\n')
                i++;
            c = '\n';
        }
        if (c < 0x20 && c != '\t' && c != '\n')
            return false;
        to[len++] = (char)c;
    }
    to[len] = '\0';
    *len_r = len;
    return true;
}

enum outcome message_check(const char *content, size_t n, const char *client_message_id, char **content_r, size_t *len_r, struct refusal *refusal_r)
{
    char *copy;

    *content_r = NULL;
    if (client_message_id && !uuid_is_valid(client_message_id))
        return refuse_field(refusal_r, 400, CODE_INPUT, "The clientMessageId must be a lower-case UUID.", "clientMessageId");
    if (!utf8_is_valid(content, n) || memchr(content, '\0', n))
        return refuse_field(refusal_r, 400, CODE_INPUT, "The text is not valid UTF-8.", "content");
    if (n > CONTENT_MAX_POINTS * 4 * 2) /* not even as CRLF alone: spares the copy */
        return refuse_field(refusal_r, 422, CODE_INPUT, "The message is longer than 2000 characters.", "content");
    copy = malloc(n + 1);
    if (!copy)
        return OUTCOME_AWAY;
    if (!copy_lines(content, n, copy, len_r)) {
        free(copy);
        return refuse_field(refusal_r, 422, CODE_INPUT, "The message holds control characters.", "content");
    }
    if (utf8_is_blank(copy, *len_r)) {
        free(copy);
        return refuse_field(refusal_r, 422, CODE_INPUT, "The message is empty.", "content");
    }
    if (utf8_count(copy, *len_r) > CONTENT_MAX_POINTS) {
        free(copy);
        return refuse_field(refusal_r, 422, CODE_INPUT, "The message is longer than 2000 characters.", "content");
    }
    *content_r = copy;
    return OUTCOME_DONE;
}
