/* canned_fill: names for the holes of a canned reply. Pure. */
#ifndef SANGDAM_CHAT_CANNED_FILL_H
#define SANGDAM_CHAT_CANNED_FILL_H

#include "lib/base/buf.h"

struct canned_names { /* borrowed */
    const char *customer, *agent, *category;
};
/* Appends content with {{customer}}, {{agent}} and {{category}} (also {{고객}}, {{상담사}}, {{문의}}) replaced. A pair of particles behind a hole, as in {{customer}}은(는), becomes
 * the one that fits (lib/base/josa.h). Other holes stay as they are, and names are not looked into again. */
void canned_fill(const char *content, const struct canned_names *names, struct buf *out);

#endif
