/* account: the members who have connections here, and the addresses they come from. One entry a member, however many tabs. */
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
    char *nickname, *email; /* owned */
};

struct address; /* counts the connections of one */

struct account_table *account_table_new(void);
void account_table_free(struct account_table **t);

/* The entry of who, made when new (NULL: memory); name, role and language are taken over. */
struct account *account_take(struct account_table *t, const struct principal *who);
/* NULL when that member has no connection here. */
struct account *account_find(const struct account_table *t, int64_t member_id);
size_t account_count(const struct account_table *t);
/* The members of the staff among them, at most room; their number. */
size_t account_staff(const struct account_table *t, int64_t *ids_r, size_t room);
void account_link(struct account *a, struct conn *conn);
/* Frees the account with its last connection; then *is_last_r is true. */
void account_unlink(struct account_table *t, struct account *a, struct conn *conn, bool *is_last_r);
/* The account as lib/chat wants it. */
void account_principal(const struct account *a, struct principal *who_r);
enum lang account_lang(const struct account *a);

/* Counts one more connection of the address (text). NULL when max is reached or memory is out. */
struct address *address_take(struct account_table *t, const char *text, int64_t max);
void address_drop(struct account_table *t, struct address **address);
const char *address_text(const struct address *address);

#endif
