/* cookie: reading the Cookie header, strictly and the same way at every door (contract.md, Signing in). Pure. */
#ifndef SANGDAM_CHAT_COOKIE_H
#define SANGDAM_CHAT_COOKIE_H

#include <stdbool.h>
#include <stddef.h>

enum cookie_found { COOKIE_NONE, COOKIE_ONE, COOKIE_TWICE /* the request is refused */ };

/* The value of name in a Cookie header (NULL: none came) into out. TWICE when the name stands there twice. A value that finds no room in out_size bytes,
 * its NUL counted, is COOKIE_ONE with "": none of ours. */
enum cookie_found cookie_find(const char *header, const char *name, char *out, size_t out_size);
/* The sign-in cookie: `__Host-sid`, which no sibling domain and no page of http can set; over http alone, when there is none, `sid`. */
enum cookie_found cookie_find_sign_in(const char *header, bool is_https, char *out, size_t out_size);

#endif
