/* catalog: translated texts from .mo files (GNU gettext), read once into memory and looked up by language per request.
 * A fresh Debian has no ko_KR locale and gettext() knows one language a process, so the table is our own. Immutable after
 * loading: any thread may look up. English msgids are the source language. */
#ifndef SANGDAM_BASE_CATALOG_H
#define SANGDAM_BASE_CATALOG_H

#include <stdbool.h>

enum lang { LANG_KO, LANG_EN, LANG_COUNT };

/* Loads DIR/ko/LC_MESSAGES/sangdam.mo and DIR/en/...; a missing or damaged file is logged and leaves the msgids. */
bool catalog_load(const char *locale_dir);
/* The text of msgid in lang; msgid itself when there is none. Valid until the process ends. */
const char *catalog_text(enum lang lang, const char *msgid);
/* "ko" or "en" */
const char *lang_tag(enum lang lang);
/* By RFC 9110 12.5.4 weights; LANG_KO when the header is NULL or names neither. */
enum lang lang_from_accept(const char *accept_language);
bool lang_from_tag(const char *tag, enum lang *lang_r);

/* Marks a msgid for po/extract where it stands in a table and is looked up later. */
#define N_(text) text

#endif
