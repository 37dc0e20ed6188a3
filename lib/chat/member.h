/* member: accounts. Names are NFC, 1..64 code points and at most 256 bytes, no control, format (Cf) or bidi characters, at most 4 combining marks in a
 * row, not blank, and not one that looks like staff (상담원, 상담사, 관리자, admin, system ... also by confusable letters and full-width forms). */
#ifndef SANGDAM_CHAT_MEMBER_H
#define SANGDAM_CHAT_MEMBER_H

#include "lib/chat/auth.h"

#define PASSWORD_MIN 8    /* code points */
#define PASSWORD_MAX 1024 /* bytes */

/* Puts name into NFC and checks it; 422 with field "nickname" otherwise. */
enum outcome member_check_nickname(const char *name, size_t n, char out[NICKNAME_SIZE], struct refusal *refusal_r);
/* ASCII, one @, no spaces, controls or quotes, at most 254 bytes; lower-cased; 422 with field "email". */
enum outcome member_check_email(const char *email, size_t n, char out[EMAIL_SIZE], struct refusal *refusal_r);
enum outcome member_check_password(const char *password, size_t n, struct refusal *refusal_r);
/* New customer. 409 (field email) when the e-mail is taken. */
enum outcome member_sign_up(struct db *db, const char *email, const char *password, const char *nickname, int64_t *member_id_r, struct refusal *refusal_r);
enum outcome member_new_guest(struct db *db, const char *nickname, int64_t *member_id_r, struct refusal *refusal_r);
/* For sangdamctl: any role, names of staff allowed. */
enum outcome member_add(struct db *db, const char *email, const char *password, const char *nickname, enum role role, int64_t *member_id_r, struct refusal *refusal_r);
enum outcome member_set_password(struct db *db, const char *email, const char *password, struct refusal *refusal_r); /* ends all sign-ins */
enum outcome member_set_status(struct db *db, const char *email, int status, struct refusal *refusal_r); /* writes right_change */
enum outcome member_set_lang(struct db *db, int64_t member_id, const char *lang);
/* argon2id text into out (crypto_pwhash_STRBYTES); false when memory is out. About 50 ms of a core. */
bool member_hash_password(const char *password, char *out);

#endif
