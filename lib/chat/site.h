/* site: a web site that shows the chat on its own pages: which origins may, and how it looks there. One row of the table site each. site_check.c knows
 * what a good one is (pure); the rest reads and writes rows. */
#ifndef SANGDAM_CHAT_SITE_H
#define SANGDAM_CHAT_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/catalog.h"
#include "lib/chat/outcome.h"

struct db;

#define SITE_KEY_SIZE 41         /* [a-z0-9-], a letter first */
#define SITE_NAME_SIZE 401       /* 100 code points */
#define SITE_ORIGINS_SIZE 2001   /* ASCII */
#define SITE_ORIGINS_MAX 20
#define SITE_GREETING_SIZE 1201  /* 300 code points */
#define SITE_CATEGORIES_SIZE 501
#define SITE_COLOR "#3456c5"     /* when none is chosen */

struct site {
    int32_t site_id;
    char key[SITE_KEY_SIZE];
    char name[SITE_NAME_SIZE];
    char origins[SITE_ORIGINS_SIZE];       /* as browsers write them, lower case, one space between; never empty */
    char color[8];                         /* "#rrggbb" */
    char greeting[2][SITE_GREETING_SIZE];  /* by enum lang; "": the usual words */
    char categories[SITE_CATEGORIES_SIZE]; /* "200,203"; "": all */
    bool is_left;
    bool is_active;
};

/* What somebody typed. NULL texts count as empty. */
struct site_draft {
    const char *name, *origins, *color, *greeting[2], *categories;
    const char *position; /* "left", "right"; NULL or "": right */
    bool is_active;
};

/* ---- pure ---- */
bool site_key_is_valid(const char *key);
/* Fills all of *site_r but site_id and key. 422 naming the field: name, origins, color, greeting, greetingEn, categories, position. */
enum outcome site_check(const struct site_draft *draft, struct site *site_r, struct refusal *refusal_r);
/* Is origin, as a browser sends it, one of the site's? Exact, but for the scheme's own port. */
bool site_allows(const struct site *site, const char *origin);
bool site_has_category(const struct site *site, int32_t code_id);

/* ---- rows ---- */
/* 404 when there is none. */
enum outcome site_find(struct db *db, const char *key, struct site *site_r, struct refusal *refusal_r);
/* All, by key. Free *list_r. */
enum outcome site_list(struct db *db, struct site **list_r, size_t *n_r);
/* A new one; 422 for a bad key, 409 for one that is taken (field siteKey). by: who did it, 0 for the command line; audited as site.add. */
enum outcome site_add(struct db *db, int64_t by, const char *key, const struct site_draft *draft, struct refusal *refusal_r);
/* Audited as site.change with what changed; SAME when nothing did. The last of two at once stands. */
enum outcome site_change(struct db *db, int64_t by, const char *key, const struct site_draft *draft, struct refusal *refusal_r);

#endif
