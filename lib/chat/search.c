#include "lib/chat/search.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/chat/db.h"
#include "lib/chat/right.h"
#include "lib/chat/search_candidates.h"
#include "lib/chat/search_index.h"
#include "lib/chat/session.h"

#define TIME_MS 1000
#define LOOKED_AT_ONCE 64

struct looking {
    struct db *db;
    const struct principal *who;
    const struct session_filter *filter;
    struct search_words words;
    uint32_t wanted; /* a bit for each word */
    struct buf folded; /* scratch */
    struct search_found *found;
    int skip;
    int64_t deadline_ms;
    enum outcome outcome;
};

/* ---- one chat's texts ---- */

static bool words_in(struct looking *l, const char *text, size_t n, uint32_t *found_r)
{
    buf_reset(&l->folded);
    *found_r = 0;
    if (!search_fold(text, n, &l->folded))
        return false;
    *found_r = search_words_in(&l->words, &l->folded);
    return true;
}

static bool look_at_head(struct looking *l, const struct session *s, uint32_t *found)
{
    const char *const texts[] = {s->title, s->member_name, s->member_email};
    uint32_t here;

    *found = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!words_in(l, texts[i], strlen(texts[i]), &here))
            return false;
        *found |= here;
    }
    return true;
}

static bool keep_hit(struct search_hit *hit, const struct db_rows *rows, size_t i)
{
    size_t len;
    const char *text = db_cell(rows, i, 3, &len);
    char *copy = calloc(1, len + 1);

    if (!copy)
        return false;
    memcpy(copy, text, len);
    free(hit->text);
    *hit = (struct search_hit){.seq = (int32_t)db_cell_int(rows, i, 0), .sender_type = *db_cell(rows, i, 1, NULL), .cdate_ms = db_cell_time(rows, i, 2), .text = copy};
    return true;
}

/* Rows of a page of messages; *best is what the hit has. */
static bool look_at_rows(struct looking *l, const struct db_rows *rows, uint32_t *found, uint32_t *best, struct search_hit *hit)
{
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        size_t len;
        const char *text = db_cell(rows, i, 3, &len);
        uint32_t here;

        if (!words_in(l, text, len, &here))
            return false;
        *found |= here;
        if (__builtin_popcount(here) > __builtin_popcount(*best)) {
            *best = here;
            if (!keep_hit(hit, rows, i))
                return false;
        }
        if (*best == l->wanted)
            return true;
    }
    return true;
}

static bool look_at_chat(struct looking *l, const struct session *s, bool *fits_r, struct search_hit *hit)
{
    uint32_t found, best = 0;
    int32_t seq = 0;
    size_t n = SEARCH_ROWS;
    bool ok = look_at_head(l, s, &found);

    while (ok && l->wanted && n == SEARCH_ROWS && best != l->wanted) {
        struct db_rows *rows = search_read_rows(l->db, s->session_no, seq);

        if (!rows)
            return false;
        n = db_rows_count(rows);
        if (n > 0)
            seq = (int32_t)db_cell_int(rows, n - 1, 0);
        ok = look_at_rows(l, rows, &found, &best, hit);
        db_rows_free(&rows);
    }
    *fits_r = found == l->wanted;
    return ok;
}

/* ---- those that may fit ---- */

static bool take_chat(struct looking *l, const struct session *s)
{
    struct search_found *f = l->found;
    struct search_hit hit = {0};
    bool fits = false, ok = look_at_chat(l, s, &fits, &hit);

    if (!ok || !fits || l->skip > 0 || f->n == (size_t)l->filter->limit) {
        free(hit.text);
        if (ok && fits && l->skip > 0)
            l->skip--;
        else if (ok && fits)
            f->next = f->list[f->n - 1].session_no; /* one more is there */
        return ok;
    }
    f->list[f->n] = *s;
    f->hits[f->n++] = hit;
    return true;
}

/* Chats of one batch of candidates that pass the filter, newest first. */
static bool take_chats(struct looking *l, const int64_t *nos, size_t n)
{
    struct session_filter some = *l->filter;
    struct session *list;
    size_t count;
    bool ok = true;

    some.search = NULL;
    some.among = nos;
    some.among_n = n;
    some.limit = (int)n;
    some.offset = 0;
    l->outcome = session_list(l->db, &some, &list, &count, NULL, NULL);
    if (l->outcome != OUTCOME_DONE)
        return false;
    for (size_t i = 0; ok && i < count && !l->found->next; i++)
        if (right_may(l->who, RIGHT_READ, &list[i])) {
            ok = take_chat(l, &list[i]);
            if (ok && !l->found->next && clock_monotonic_ms() > l->deadline_ms)
                l->found->next = list[i].session_no;
        }
    free(list);
    return ok;
}

static bool walk(struct looking *l, struct search_candidates *candidates)
{
    int64_t nos[LOOKED_AT_ONCE];
    size_t n = LOOKED_AT_ONCE, want = (size_t)(l->filter->limit + l->filter->offset) + 1; /* a page and one more is enough when all fit */

    if (want > LOOKED_AT_ONCE)
        want = LOOKED_AT_ONCE;
    for (; n > 0 && !l->found->next; want = LOOKED_AT_ONCE) {
        if (!search_candidates_next(candidates, nos, want, &n) || (n > 0 && !take_chats(l, nos, n)))
            return false;
        if (n > 0 && !l->found->next && clock_monotonic_ms() > l->deadline_ms)
            l->found->next = nos[n - 1];
    }
    return true;
}

static bool count_all(struct looking *l, struct search_candidates *candidates)
{
    struct search_found *f = l->found;
    const int64_t seen = l->filter->offset - l->skip + (int64_t)f->n;
    int64_t may_fit;

    f->is_behind = search_candidates_are_behind(candidates);
    f->total = seen;
    f->is_about = l->filter->cursor || f->next;
    if (!f->is_about)
        return true;
    if (!search_candidates_count(candidates, &may_fit))
        return false;
    f->total = may_fit > seen ? may_fit : seen + (f->next != 0);
    return true;
}

static bool look(struct looking *l)
{
    struct search_candidates *candidates = search_candidates_open(l->db, l->filter, &l->words);
    bool ok = candidates && walk(l, candidates) && count_all(l, candidates);

    search_candidates_close(&candidates);
    return ok;
}

static enum outcome read_words(const struct session_filter *filter, struct search_words *words, struct refusal *refusal_r)
{
    switch (search_words_read(filter->search ? filter->search : "", filter->search ? strlen(filter->search) : 0, words)) {
    case SEARCH_WORDS_FINE:
        return OUTCOME_DONE;
    case SEARCH_WORDS_TOO_MANY:
        refuse_field(refusal_r, 400, CODE_INPUT, "At most 16 words can be searched for.", "q");
        return OUTCOME_REFUSED;
    case SEARCH_WORDS_NO_MEMORY:
        break;
    }
    return OUTCOME_AWAY;
}

enum outcome search_chats(struct db *db, const struct principal *who, const struct session_filter *filter, struct search_found *found_r, struct refusal *refusal_r)
{
    struct looking l = {.db = db, .who = who, .filter = filter, .found = found_r, .skip = filter->offset, .deadline_ms = clock_monotonic_ms() + TIME_MS};
    enum outcome outcome;

    memset(found_r, 0, sizeof(*found_r));
    outcome = read_words(filter, &l.words, refusal_r);
    if (outcome == OUTCOME_DONE) {
        l.wanted = (uint32_t)((UINT64_C(1) << l.words.n) - 1);
        found_r->list = calloc((size_t)filter->limit, sizeof(*found_r->list));
        found_r->hits = calloc((size_t)filter->limit, sizeof(*found_r->hits));
        if (!found_r->list || !found_r->hits || !look(&l))
            outcome = OUTCOME_AWAY;
    }
    search_words_clear(&l.words);
    buf_free(&l.folded);
    if (outcome != OUTCOME_DONE)
        search_found_clear(found_r);
    return outcome;
}

void search_found_clear(struct search_found *found)
{
    for (size_t i = 0; found->hits && i < found->n; i++)
        free(found->hits[i].text);
    free(found->hits);
    free(found->list);
    memset(found, 0, sizeof(*found));
}
