/* file_type: which files may be uploaded, by their first bytes and the extension of their name; what the sender calls the type is never asked.
 * Own signatures decide; libmagic, where it was found at build time, must not contradict. Thread-safe (one magic_t a thread). */
#ifndef SANGDAM_CHAT_FILE_TYPE_H
#define SANGDAM_CHAT_FILE_TYPE_H

#include <stddef.h>
#include <stdint.h>

#define FILE_HEAD_MAX 65536 /* first bytes that are looked at */

/* The content type (static) of a file whose name (as the client sent it, name_len bytes) and first n bytes agree on one of the allowed types; NULL
 * when it is not allowed: an unknown extension, bytes that are something else, NUL in the name, an inner extension that servers run
 * ("a.php.jpg"). A name without an extension takes the type of its bytes. */
const char *file_type_find(const char *name, size_t name_len, const uint8_t *head, size_t n);
/* The same content type as a static text; application/octet-stream for one that is not (or no more) allowed. */
const char *file_type_known(const char *content_type);

#endif
