/* account: the members who have connections on this loop. One entry a member, however many tabs; who is here at all is in roster.h. */
#ifndef SANGDAM_PUSHD_ACCOUNT_H
#define SANGDAM_PUSHD_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/chat/auth.h"

struct conn;
struct account_table;

struct account {
    int64_t member_id;
    struct conn *conns; /* linked by account_prev, account_next */
    uint32_t conn_count;
    uint32_t message_subs; /* subscriptions to /user/queue/messages */
    enum role role;
    char lang[3];
    char *nickname; /* owned; email is in the same block */
    char *email;
};

struct account_table *account_table_new(void);
void account_table_free(struct account_table **t);

/* The entry of who, made when new (NULL: memory); name, role and language are taken over. */
struct account *account_take(struct account_table *t, const struct principal *who);
/* NULL when that member has no connection on this loop. */
struct account *account_find(const struct account_table *t, int64_t member_id);
void account_link(struct account *a, struct conn *conn);
/* Frees the account with its last connection. */
void account_unlink(struct account_table *t, struct account *a, struct conn *conn);
/* The account as lib/chat wants it. */
void account_principal(const struct account *a, struct principal *who_r);
enum lang account_lang(const struct account *a);

#endif
