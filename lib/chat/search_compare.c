#include "lib/chat/search_compare.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/chat/db.h"
#include "lib/chat/search.h"
#include "lib/chat/search_index.h"
#include "lib/chat/session.h"

#define PAGE 200
#define LONGEST 5
#define TRIES 1000 /* to find a chat with a message among the numbers */

/* xorshift64*: the same words for the same seed. */
static uint64_t roll(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* A piece of a message without white space, folded; empty when there is none in it. */
static bool cut_word(uint64_t *state, const char *text, size_t n, struct buf *word)
{
    struct search_words words;
    bool ok = search_words_read(text, n, &words) != SEARCH_WORDS_NO_MEMORY;

    buf_reset(word);
    if (ok && words.n > 0) {
        size_t k = roll(state) % words.n, len = words.word[k].len;
        const char *w = words.text.p + words.word[k].at;
        size_t start = utf8_cut(w, len, roll(state) % utf8_count(w, len));

        buf_add(word, w + start, utf8_cut(w + start, len - start, 1 + roll(state) % LONGEST));
    }
    search_words_clear(&words);
    return ok && !buf_failed(word);
}

/* A word of a random message of a random chat. False: the database failed, or nobody ever said anything. */
static bool pick_word(struct db *db, uint64_t *state, int64_t last_no, struct buf *word)
{
    buf_reset(word);
    for (int tries = 0; word->len == 0 && tries < TRIES; tries++) {
        struct db_rows *rows = search_read_rows(db, 1 + (int64_t)(roll(state) % (uint64_t)last_no), 0);
        bool ok = rows != NULL;
        size_t len = 0, n = ok ? db_rows_count(rows) : 0;

        if (n > 0) {
            const char *text = db_cell(rows, roll(state) % n, 3, &len);
            ok = cut_word(state, text, len, word);
        }
        db_rows_free(&rows);
        if (!ok)
            return false;
    }
    return word->len > 0;
}

/* All numbers that the search gives, page by page. */
static bool ask_search(struct db *db, const char *word, int64_t **nos, size_t *n)
{
    const struct principal who = {.member_id = INT64_MAX, .role = ROLE_ADMIN};
    struct session_filter filter = {.kind = LIST_COMPLETED, .from_ms = -1, .to_ms = -1, .limit = PAGE, .search = word};
    struct refusal refusal = {0};
    bool ok = true;

    *nos = NULL;
    *n = 0;
    do {
        struct search_found found;
        int64_t *more;

        if (search_chats(db, &who, &filter, &found, &refusal) != OUTCOME_DONE)
            return false;
        more = realloc(*nos, (*n + found.n + 1) * sizeof(**nos));
        ok = more != NULL;
        *nos = ok ? more : *nos;
        for (size_t i = 0; ok && i < found.n; i++)
            (*nos)[(*n)++] = found.list[i].session_no;
        filter.cursor = found.next;
        search_found_clear(&found);
    } while (ok && filter.cursor);
    return ok;
}

/* The word is folded: a letter's case is the only folding that LIKE must do. */
static struct db_rows *ask_like(struct db *db, const char *word)
{
    struct buf pattern = BUF_INIT;
    struct db_rows *rows = NULL;

    buf_add_char(&pattern, '%');
    for (; *word; word++) {
        if (strchr("%_!", *word))
            buf_add_char(&pattern, '!');
        buf_add_char(&pattern, *word);
    }
    buf_add_char(&pattern, '%');
    const struct db_arg like = db_text(buf_str(&pattern));
    if (!buf_failed(&pattern))
        rows = db_query(db,
                        "SELECT t.session_no FROM chat_message t JOIN chat_session s ON s.session_no = t.session_no LEFT JOIN chat_message r ON r.session_no = t.session_no"
                        " AND r.seq = t.revised_seq WHERE s.status_id = 3 AND t.kind IN ('TEXT', 'FILE') AND t.sender_type <> 'S' AND (t.revised_seq IS NULL OR r.kind = 'EDIT')"
                        " AND LOWER(IF(t.revised_seq IS NULL, t.content, r.content)) COLLATE utf8mb4_bin LIKE ? ESCAPE '!'"
                        " UNION SELECT s.session_no FROM chat_session s JOIN member m ON m.member_id = s.member_id WHERE s.status_id = 3 AND (LOWER(s.title) COLLATE utf8mb4_bin LIKE ?"
                        " ESCAPE '!' OR LOWER(m.nickname) COLLATE utf8mb4_bin LIKE ? ESCAPE '!' OR LOWER(m.email) COLLATE utf8mb4_bin LIKE ? ESCAPE '!') ORDER BY 1 DESC",
                        DB_ARGS(like, like, like, like));
    buf_free(&pattern);
    return rows;
}

static bool compare_word(struct db *db, const char *word, search_on_difference *on_difference, void *context, struct search_compared *sum)
{
    struct db_rows *like = ask_like(db, word);
    int64_t *nos = NULL;
    size_t n = 0;
    bool ok = like && ask_search(db, word, &nos, &n), is_same = ok && n == db_rows_count(like);

    for (size_t i = 0; is_same && i < n; i++)
        is_same = nos[i] == db_cell_int(like, i, 0);
    if (ok && !is_same) {
        sum->differences++;
        on_difference(context, word, n, db_rows_count(like));
    }
    sum->words += ok;
    sum->chats += n;
    free(nos);
    db_rows_free(&like);
    return ok;
}

enum outcome search_compare(struct db *db, size_t words, uint64_t seed, search_on_difference *on_difference, void *context, struct search_compared *compared_r)
{
    struct db_rows *rows = db_query(db, "SELECT COALESCE(MAX(session_no), 0) FROM chat_session", NULL, 0);
    uint64_t state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    const int64_t last = rows ? db_cell_int(rows, 0, 0) : 0;
    struct buf word = BUF_INIT;
    bool ok = rows != NULL;

    db_rows_free(&rows);
    *compared_r = (struct search_compared){0};
    for (size_t i = 0; ok && last > 0 && i < words; i++) {
        ok = pick_word(db, &state, last, &word);
        if (!ok && db_last_error(db) == DB_FINE)
            break; /* nothing was said */
        ok = ok && compare_word(db, buf_str(&word), on_difference, context, compared_r);
    }
    buf_free(&word);
    return ok || db_last_error(db) == DB_FINE ? OUTCOME_DONE : OUTCOME_AWAY;
}
