/* account: see account.h. */
#include "pushd/account.h"

#include <stdlib.h>
#include <string.h>

#include "pushd/conn.h"
#include "pushd/int_table.h"

struct numbered_account {
    int64_t member_id; /* first */
    struct account *account;
};

struct account_table {
    struct int_table accounts; /* of struct numbered_account */
};

struct account_table *account_table_new(void)
{
    struct account_table *t = calloc(1, sizeof *t);

    if (t)
        t->accounts = (struct int_table)INT_TABLE_INIT(struct numbered_account);
    return t;
}

static void account_free(struct account *a)
{
    free(a->nickname);
    free(a);
}

void account_table_free(struct account_table **t_p)
{
    struct account_table *t = *t_p;
    uint32_t at = 0;

    if (!t)
        return;
    for (struct numbered_account *n; (n = int_table_next(&t->accounts, &at));)
        account_free(n->account);
    int_table_free(&t->accounts);
    free(t);
    *t_p = NULL;
}

/* Both in one block, which begins with the nickname. */
static void replace_texts(struct account *a, const char *nickname, const char *email)
{
    size_t n = strlen(nickname) + 1, m = strlen(email) + 1;
    char *block;

    if (a->nickname && strcmp(a->nickname, nickname) == 0 && strcmp(a->email, email) == 0)
        return;
    block = malloc(n + m);
    if (!block)
        return; /* the old names are better than none */
    memcpy(block, nickname, n);
    memcpy(block + n, email, m);
    free(a->nickname);
    a->nickname = block;
    a->email = block + n;
}

struct account *account_take(struct account_table *t, const struct principal *who)
{
    struct account *a = account_find(t, who->member_id);

    if (!a) {
        struct numbered_account *n = NULL;
        a = calloc(1, sizeof *a);
        if (a)
            n = int_table_add(&t->accounts, who->member_id);
        if (!n) {
            free(a);
            return NULL;
        }
        n->account = a;
        a->member_id = who->member_id;
    }
    a->role = who->role;
    memcpy(a->lang, who->lang, sizeof a->lang);
    replace_texts(a, who->nickname, who->email);
    return a;
}

struct account *account_find(const struct account_table *t, int64_t member_id)
{
    const struct numbered_account *n = int_table_find(&t->accounts, member_id);

    return n ? n->account : NULL;
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
        int_table_delete(&t->accounts, a->member_id);
        account_free(a);
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
