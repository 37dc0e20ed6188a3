/* nickname: what a name may be, and which names look like staff. Pure; member.h is the door for others. */
#ifndef SANGDAM_CHAT_NICKNAME_H
#define SANGDAM_CHAT_NICKNAME_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

#define NICKNAME_POINTS 64
#define NICKNAME_BYTES 256
#define NICKNAME_MARKS 4 /* most combining marks in a row */

/* s (valid UTF-8) in NFC, appended to out; as it is when built without utf8proc. False when memory is out. */
bool nickname_normalise(const char *s, size_t n, struct buf *out);
/* NULL when s (NFC) may be a name, else an English msgid that says what is wrong. allow_reserved: of staff themselves. */
const char *nickname_problem(const char *s, size_t n, bool allow_reserved);
/* True when s reads like the name of staff or of the system, also by look-alike letters, full-width forms, digits for letters or split by signs. */
bool nickname_is_reserved(const char *s, size_t n);

#endif
