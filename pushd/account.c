/* account: see account.h. */
#include "pushd/account.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "pushd/conn.h"

struct account_entry {
    struct account a; /* first: an account is its entry */
    UT_hash_handle hh;
};

struct account_table {
    struct account_entry *accounts;
};

struct account_table *account_table_new(void)
{
    return calloc(1, sizeof(struct account_table));
}

static void entry_free(struct account_entry *e)
{
    free(e->a.nickname);
    free(e->a.email);
    free(e);
}

void account_table_free(struct account_table **t_p)
{
    struct account_table *t = *t_p;
    struct account_entry *e, *next_e;

    if (!t)
        return;
    HASH_ITER (hh, t->accounts, e, next_e) {
        HASH_DEL(t->accounts, e);
        entry_free(e);
    }
    free(t);
    *t_p = NULL;
}

static void replace_text(char **to, const char *from)
{
    char *copy;

    if (*to && strcmp(*to, from) == 0)
        return;
    copy = strdup(from);
    if (!copy)
        return; /* the old name is better than none */
    free(*to);
    *to = copy;
}

struct account *account_take(struct account_table *t, const struct principal *who)
{
    struct account_entry *e;

    HASH_FIND(hh, t->accounts, &who->member_id, sizeof who->member_id, e);
    if (!e) {
        e = calloc(1, sizeof *e);
        if (!e)
            return NULL;
        e->a.member_id = who->member_id;
        HASH_ADD(hh, t->accounts, a.member_id, sizeof e->a.member_id, e);
    }
    e->a.role = who->role;
    memcpy(e->a.lang, who->lang, sizeof e->a.lang);
    replace_text(&e->a.nickname, who->nickname);
    replace_text(&e->a.email, who->email);
    return &e->a;
}

struct account *account_find(const struct account_table *t, int64_t member_id)
{
    struct account_entry *e;

    HASH_FIND(hh, t->accounts, &member_id, sizeof member_id, e);
    return e ? &e->a : NULL;
}

void account_link(struct account *a, struct conn *conn)
{
    conn->account = a;
    conn->account_prev = NULL;
    conn->account_next = a->conns;
    if (a->conns)
        a->conns->account_prev = conn;
    a->conns = conn;
    a->conn_count++;
}

void account_unlink(struct account_table *t, struct account *a, struct conn *conn)
{
    if (conn->account_prev)
        conn->account_prev->account_next = conn->account_next;
    else
        a->conns = conn->account_next;
    if (conn->account_next)
        conn->account_next->account_prev = conn->account_prev;
    conn->account = NULL;
    if (--a->conn_count == 0) {
        struct account_entry *e = (struct account_entry *)a;
        HASH_DEL(t->accounts, e);
        entry_free(e);
    }
}

static void copy_text(char *to, size_t size, const char *from)
{
    size_t n = from ? strnlen(from, size - 1) : 0;

    if (n)
        memcpy(to, from, n);
    to[n] = '\0';
}

void account_principal(const struct account *a, struct principal *who_r)
{
    memset(who_r, 0, sizeof *who_r);
    who_r->member_id = a->member_id;
    who_r->role = a->role;
    copy_text(who_r->nickname, sizeof who_r->nickname, a->nickname);
    copy_text(who_r->email, sizeof who_r->email, a->email);
    memcpy(who_r->lang, a->lang, sizeof who_r->lang);
}

enum lang account_lang(const struct account *a)
{
    enum lang lang;

    return a && lang_from_tag(a->lang, &lang) ? lang : LANG_KO;
}
