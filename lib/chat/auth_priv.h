/* What the auth family shares of a member's row; not for others. */
#ifndef SANGDAM_CHAT_AUTH_PRIV_H
#define SANGDAM_CHAT_AUTH_PRIV_H

#include "lib/chat/auth.h"
#include "lib/chat/db.h"

/* The columns that every look-up of a principal begins with. */
#define PRINCIPAL_COLUMNS "m.member_id, m.gubun, m.nickname, m.email, m.lang, m.status"
enum { COL_MEMBER, COL_GUBUN, COL_NICKNAME, COL_EMAIL, COL_LANG, COL_STATUS, COL_MORE };

/* The cell as text; "" for NULL and for what is longer than the field, which no column is. */
void auth_copy_cell(char *out, size_t size, const struct db_rows *rows, size_t row, unsigned col);
/* False, and *who_r is nobody, when the member may not act: disabled, erased, the system. */
bool auth_read_principal(const struct db_rows *rows, size_t row, struct principal *who_r);
/* Secrets of token_new() and nothing else, so that junk never reaches the database. */
bool auth_is_secret(const char *s);
enum outcome auth_refuse_signed_out(struct refusal *refusal_r);

#endif
