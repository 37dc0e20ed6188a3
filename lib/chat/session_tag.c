/* session_tag: see session_tag.h. */
#include "lib/chat/session_tag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/change.h"
#include "lib/chat/db.h"
#include "lib/chat/nickname.h"
#include "lib/chat/right.h"
#include "lib/chat/tag_word.h"

#define LOOKED_AT 2000 /* newest tags, among which those used most are offered */

static enum outcome need(const struct principal *who, const struct session *s, struct refusal *refusal_r)
{
    if (right_may(who, RIGHT_TAG, s))
        return OUTCOME_DONE;
    return right_may(who, RIGHT_READ, s) ? refuse(refusal_r, 403, CODE_RIGHT, "You may not do this in this chat.") : refuse_absent(refusal_r);
}

enum outcome session_tag_clean(const char *text, struct tag *tag_r, struct refusal *refusal_r)
{
    struct buf nfc = BUF_INIT;
    size_t n = strlen(text), i;
    bool is_fine;

    while (n > 0 && *text == ' ')
        text++, n--;
    while (n > 0 && text[n - 1] == ' ')
        n--;
    if (!utf8_is_valid(text, n))
        return refuse_field(refusal_r, 400, CODE_INPUT, "The text is not valid UTF-8.", "tag");
    if (!nickname_normalise(text, n, &nfc))
        return OUTCOME_AWAY;
    is_fine = !utf8_is_blank(buf_str(&nfc), nfc.len) && utf8_count(buf_str(&nfc), nfc.len) <= TAG_POINTS;
    for (i = 0; is_fine && i < nfc.len; i++)
        is_fine = (unsigned char)nfc.p[i] >= 0x20 && nfc.p[i] != 0x7f;
    if (is_fine)
        snprintf(tag_r->text, sizeof tag_r->text, "%s", buf_str(&nfc));
    buf_free(&nfc);
    return is_fine ? OUTCOME_DONE : refuse_field(refusal_r, 422, CODE_INPUT, "A tag is 1 to 40 characters.", "tag");
}

/* tag as the supervisors keep it; one that they don't is refused unless words are free. */
static enum outcome as_kept(struct db *db, bool is_free, struct tag *tag, struct refusal *refusal_r)
{
    enum outcome outcome = tag_word_find(db, tag->text, tag);

    if (outcome != OUTCOME_SAME)
        return outcome;
    return is_free ? OUTCOME_DONE : refuse_field(refusal_r, 422, CODE_INPUT, "Only tags of the site's list may be used.", "tag");
}

enum outcome session_tag_add(struct db *db, const struct principal *who, const struct session *s, const char *text, bool is_free, struct refusal *refusal_r)
{
    enum outcome outcome = need(who, s, refusal_r);
    struct tag tag;
    struct db_rows *rows;
    uint64_t added;
    bool is_full;

    if (outcome == OUTCOME_DONE)
        outcome = session_tag_clean(text, &tag, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = as_kept(db, is_free, &tag, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    rows = db_query(db, "SELECT COUNT(*) FROM session_tag WHERE session_no = ? AND tag <> ?", DB_ARGS(db_int(s->session_no), db_text(tag.text)));
    if (!rows)
        return OUTCOME_AWAY;
    is_full = db_cell_int(rows, 0, 0) >= TAGS_MAX;
    db_rows_free(&rows);
    if (is_full)
        return refuse_field(refusal_r, 409, CODE_RULE, "A chat has at most 10 tags.", "tag");
    if (!db_exec(db, "INSERT IGNORE INTO session_tag (session_no, tag, member_id, cdate) VALUES (?,?,?,?)",
                 DB_ARGS(db_int(s->session_no), db_text(tag.text), db_int(who->member_id), db_time(clock_wall_ms())), &added))
        return OUTCOME_AWAY;
    return added ? OUTCOME_DONE : OUTCOME_SAME;
}

enum outcome session_tag_remove(struct db *db, const struct principal *who, const struct session *s, const char *text, struct refusal *refusal_r)
{
    enum outcome outcome = need(who, s, refusal_r);
    struct tag tag;
    uint64_t removed;

    if (outcome == OUTCOME_DONE)
        outcome = session_tag_clean(text, &tag, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!db_exec(db, "DELETE FROM session_tag WHERE session_no = ? AND tag = ?", DB_ARGS(db_int(s->session_no), db_text(tag.text)), &removed))
        return OUTCOME_AWAY;
    return removed ? OUTCOME_DONE : OUTCOME_SAME;
}

/* The first column of rows (freed here). */
static enum outcome take(struct db_rows *rows, struct tag **list_r, size_t *n_r)
{
    size_t n = db_rows_count(rows), i;
    struct tag *list = rows ? calloc(n + 1, sizeof *list) : NULL;

    *list_r = list;
    *n_r = list ? n : 0;
    for (i = 0; list && i < n; i++)
        snprintf(list[i].text, sizeof list[i].text, "%s", db_cell(rows, i, 0, NULL));
    db_rows_free(&rows);
    return list ? OUTCOME_DONE : OUTCOME_AWAY;
}

enum outcome session_tag_list(struct db *db, const struct principal *who, const struct session *s, struct tag **list_r, size_t *n_r, struct refusal *refusal_r)
{
    enum outcome outcome = need(who, s, refusal_r);

    *list_r = NULL;
    *n_r = 0;
    if (outcome != OUTCOME_DONE)
        return outcome;
    return take(db_query(db, "SELECT tag FROM session_tag WHERE session_no = ? ORDER BY tag", DB_ARGS(db_int(s->session_no))), list_r, n_r);
}

enum outcome session_tag_offered(struct db *db, bool is_free, struct tag **list_r, size_t *n_r)
{
    return take(db_query(db,
                         "SELECT tag FROM (SELECT tag, 1 AS is_kept, 0 AS n FROM tag_word WHERE NOT is_retired UNION ALL "
                         "SELECT tag, 0, COUNT(*) FROM (SELECT tag FROM session_tag ORDER BY session_no DESC LIMIT ?) used "
                         "WHERE tag NOT IN (SELECT tag FROM tag_word) GROUP BY tag) offered ORDER BY is_kept DESC, n DESC, tag LIMIT ?",
                         DB_ARGS(db_int(is_free ? LOOKED_AT : 0), db_int(TAGS_OFFERED_MAX))),
                list_r, n_r);
}
