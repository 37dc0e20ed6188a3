#include "cgi/list_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 8

struct page {
    struct list_cache_key key;
    int64_t read_ms;
    char *text; /* NULL: the place is free */
    size_t n;
    int64_t next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct page pages[PAGES];

static bool is_same_page(const struct list_cache_key *a, const struct list_cache_key *b)
{
    return a->lang == b->lang && a->limit == b->limit && a->is_brief == b->is_brief && a->cursor == b->cursor;
}

static bool is_same_queue(const struct session_queue_mark *a, const struct session_queue_mark *b)
{
    return a->count == b->count && a->numbers == b->numbers && a->places == b->places && a->last_ms == b->last_ms;
}

bool list_cache_read(const struct list_cache_key *key, int64_t now_ms, struct buf *out, int64_t *next_r)
{
    bool is_there = false;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < PAGES && !is_there; i++) {
        const struct page *p = &pages[i];

        if (!p->text || !is_same_page(&p->key, key) || !is_same_queue(&p->key.mark, &key->mark) || now_ms - p->read_ms >= LIST_CACHE_FRESH_MS)
            continue;
        buf_add(out, p->text, p->n);
        *next_r = p->next;
        is_there = true;
    }
    pthread_mutex_unlock(&lock);
    return is_there;
}

/* The page's own place, else a free one, else the oldest. */
static struct page *place_of(const struct list_cache_key *key)
{
    struct page *best = &pages[0];

    for (size_t i = 0; i < PAGES; i++) {
        struct page *p = &pages[i];

        if (p->text && is_same_page(&p->key, key))
            return p;
        if (best->text && (!p->text || p->read_ms < best->read_ms))
            best = p;
    }
    return best;
}

void list_cache_keep(const struct list_cache_key *key, int64_t now_ms, const struct buf *rows, int64_t next)
{
    char *text = buf_failed(rows) ? NULL : malloc(rows->len + 1);
    struct page *p;

    if (!text)
        return;
    memcpy(text, rows->p, rows->len);
    pthread_mutex_lock(&lock);
    p = place_of(key);
    free(p->text);
    *p = (struct page){.key = *key, .read_ms = now_ms, .text = text, .n = rows->len, .next = next};
    pthread_mutex_unlock(&lock);
}
