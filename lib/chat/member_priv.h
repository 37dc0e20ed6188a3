/* What the member family shares; not for others. */
#ifndef SANGDAM_CHAT_MEMBER_PRIV_H
#define SANGDAM_CHAT_MEMBER_PRIV_H

#include "lib/chat/member.h"

/* As member_check_nickname(); allow_reserved: of the staff themselves, whose names may say so. */
enum outcome member_check_name(const char *name, size_t n, bool allow_reserved, char out[NICKNAME_SIZE], struct refusal *refusal_r);
/* email and hash NULL for a guest. 409 (field email) when the e-mail is taken. */
enum outcome member_insert(struct db *db, const char *email, const char *hash, const char *nickname, enum role role, int64_t *member_id_r,
                           struct refusal *refusal_r);
/* In the caller's transaction: tells pushd that this member's rights changed. */
bool member_note_right_change(struct db *db, int64_t member_id, int64_t now_ms);
/* In the caller's transaction: ends sign-ins and tokens of a member, and tells pushd. */
bool member_end_sign_ins(struct db *db, int64_t member_id, int64_t now_ms);

#endif
