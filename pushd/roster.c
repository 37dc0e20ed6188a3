/* roster: see roster.h. */
#include "pushd/roster.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/chat/table.h"
#include "pushd/int_table.h"

/* A member, or a customer's seat in a chat. With count 0 it only says when they left. */
struct entry {
    int64_t key; /* first: member_id or session_no */
    int64_t left_ms;
    uint32_t count;
    uint32_t role : 8;   /* enum role */
    uint32_t round : 24; /* of the last scan that looked */
};
#define ROUND_MASK 0xffffffu

struct address {
    UT_hash_handle hh;
    uint32_t count;
    char text[];
};

struct roster {
    pthread_mutex_t lock; /* for all below */
    struct int_table members, seats; /* of struct entry */
    struct address *addresses;
    size_t here;    /* members with a connection */
    uint32_t round; /* of the newest scan */
};

struct roster *roster_new(void)
{
    struct roster *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    pthread_mutex_init(&r->lock, NULL);
    r->members = r->seats = (struct int_table)INT_TABLE_INIT(struct entry);
    return r;
}

void roster_free(struct roster **r_p)
{
    struct roster *r = *r_p;
    struct address *a, *next;

    if (!r)
        return;
    int_table_free(&r->members);
    int_table_free(&r->seats);
    HASH_ITER (hh, r->addresses, a, next) {
        HASH_DEL(r->addresses, a);
        free(a);
    }
    pthread_mutex_destroy(&r->lock);
    free(r);
    *r_p = NULL;
}

/* ---- entries: under the lock ---- */

static struct roster_look look(struct roster *r, struct int_table *all, int64_t key, uint32_t round)
{
    struct entry *e = int_table_find(all, key);

    r->round = round;
    if (!e)
        return (struct roster_look){0};
    e->round = round & ROUND_MASK;
    return (struct roster_look){.is_here = e->count, .left_ms = e->count ? 0 : e->left_ms};
}

static bool is_over(const struct entry *e, uint32_t round, int64_t left_before_ms)
{
    uint32_t age = (round - e->round) & ROUND_MASK;

    return !e->count && age > 0 && age < ROUND_MASK / 2 && e->left_ms < left_before_ms;
}

static void forget(struct int_table *all, uint32_t round, int64_t left_before_ms)
{
    uint32_t at = 0;

    for (struct entry *e; (e = int_table_next(all, &at));)
        if (is_over(e, round, left_before_ms))
            int_table_delete_at(all, &at); /* one that is missed is forgotten with the next scan */
}

/* ---- members ---- */

enum roster_answer roster_come(struct roster *r, int64_t member_id, enum role role, int64_t max)
{
    enum roster_answer answer = ROSTER_FULL;
    struct entry *e;

    pthread_mutex_lock(&r->lock);
    e = int_table_add(&r->members, member_id);
    if (e && e->count < max) {
        answer = e->count ? ROSTER_MORE : ROSTER_FIRST;
        r->here += !e->count;
        e->count++;
        e->role = (uint32_t)role & 0xff;
    }
    pthread_mutex_unlock(&r->lock);
    return answer;
}

bool roster_go(struct roster *r, int64_t member_id, int64_t now_ms)
{
    bool is_last = false;
    struct entry *e;

    pthread_mutex_lock(&r->lock);
    e = int_table_find(&r->members, member_id);
    if (e && e->count) {
        is_last = --e->count == 0;
        e->left_ms = now_ms;
        e->round = r->round & ROUND_MASK;
        r->here -= is_last;
    }
    pthread_mutex_unlock(&r->lock);
    return is_last;
}

void roster_set_role(struct roster *r, int64_t member_id, enum role role)
{
    struct entry *e;

    pthread_mutex_lock(&r->lock);
    e = int_table_find(&r->members, member_id);
    if (e)
        e->role = (uint32_t)role & 0xff;
    pthread_mutex_unlock(&r->lock);
}

bool roster_is_here(struct roster *r, int64_t member_id)
{
    const struct entry *e;
    bool is_here;

    pthread_mutex_lock(&r->lock);
    e = int_table_find(&r->members, member_id);
    is_here = e && e->count;
    pthread_mutex_unlock(&r->lock);
    return is_here;
}

size_t roster_count(struct roster *r)
{
    size_t n;

    pthread_mutex_lock(&r->lock);
    n = r->here;
    pthread_mutex_unlock(&r->lock);
    return n;
}

size_t roster_staff(struct roster *r, int64_t *ids_r, size_t room)
{
    uint32_t at = 0;
    size_t n = 0;

    pthread_mutex_lock(&r->lock);
    for (const struct entry *e; n < room && (e = int_table_next(&r->members, &at));)
        if (e->count && role_is_staff((enum role)e->role))
            ids_r[n++] = e->key;
    pthread_mutex_unlock(&r->lock);
    return n;
}

/* ---- seats ---- */

void roster_sit(struct roster *r, int64_t session_no)
{
    struct entry *e;

    pthread_mutex_lock(&r->lock);
    e = int_table_add(&r->seats, session_no);
    if (e)
        e->count++;
    pthread_mutex_unlock(&r->lock);
}

void roster_rise(struct roster *r, int64_t session_no, int64_t now_ms)
{
    struct entry *e;

    pthread_mutex_lock(&r->lock);
    e = int_table_find(&r->seats, session_no);
    if (e && e->count) {
        e->count--;
        e->left_ms = now_ms;
        e->round = r->round & ROUND_MASK;
    }
    pthread_mutex_unlock(&r->lock);
}

/* ---- the clock of chats ---- */

struct roster_look roster_look_at_customer(struct roster *r, int64_t session_no, uint32_t round)
{
    struct roster_look l;

    pthread_mutex_lock(&r->lock);
    l = look(r, &r->seats, session_no, round);
    pthread_mutex_unlock(&r->lock);
    return l;
}

struct roster_look roster_look_at_member(struct roster *r, int64_t member_id, uint32_t round)
{
    struct roster_look l;

    pthread_mutex_lock(&r->lock);
    l = look(r, &r->members, member_id, round);
    pthread_mutex_unlock(&r->lock);
    return l;
}

void roster_forget_chat(struct roster *r, int64_t session_no)
{
    struct entry *e;

    pthread_mutex_lock(&r->lock);
    e = int_table_find(&r->seats, session_no);
    if (e && !e->count)
        int_table_delete(&r->seats, session_no);
    pthread_mutex_unlock(&r->lock);
}

void roster_forget(struct roster *r, uint32_t round, int64_t left_before_ms)
{
    pthread_mutex_lock(&r->lock);
    forget(&r->seats, round, INT64_MAX);
    forget(&r->members, round, left_before_ms);
    pthread_mutex_unlock(&r->lock);
}

/* ---- addresses ---- */

struct address *roster_address_take(struct roster *r, const char *text, int64_t max)
{
    size_t n = strlen(text);
    struct address *a;

    pthread_mutex_lock(&r->lock);
    HASH_FIND(hh, r->addresses, text, n, a);
    if (!a) {
        a = calloc(1, sizeof *a + n + 1);
        if (a) {
            memcpy(a->text, text, n);
            HASH_ADD(hh, r->addresses, text[0], n, a);
            if (!table_has(a)) {
                free(a);
                a = NULL;
            }
        }
    }
    if (a && a->count < max)
        a->count++;
    else
        a = NULL;
    pthread_mutex_unlock(&r->lock);
    return a;
}

void roster_address_drop(struct roster *r, struct address **address)
{
    struct address *a = *address;

    *address = NULL;
    if (!a)
        return;
    pthread_mutex_lock(&r->lock);
    if (--a->count == 0) {
        HASH_DEL(r->addresses, a);
        free(a);
    }
    pthread_mutex_unlock(&r->lock);
}

const char *address_text(const struct address *address)
{
    return address ? address->text : "";
}
