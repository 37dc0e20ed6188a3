/* web_push_subscription: who wants web push, and whether there is any; see web_push.h. Apart from the sending, so that the FastCGI programs do not load OpenSSL. */
#include <config.h> /* not "config.h": that is lib/chat/config.h here */

#include <sodium.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/web_push.h"
#include "lib/chat/web_push_crypto.h"
#include "lib/chat/web_push_send.h"

bool web_push_is_built(void)
{
#ifdef HAVE_CRYPTO
    return true;
#else
    return false;
#endif
}

bool web_push_is_on(const struct config *config)
{
    return config->webpush_public[0] && config->webpush_private[0] && web_push_is_built() && web_push_send_is_built();
}

enum outcome push_subscription_add(struct db *db, const struct config *config, const struct principal *who, const struct push_draft *draft, int64_t *id_r,
                                   struct refusal *refusal_r)
{
    uint8_t hash[crypto_hash_sha256_BYTES], point[WEB_PUSH_PUBLIC], auth[WEB_PUSH_AUTH];
    struct db_rows *rows;
    enum outcome outcome = OUTCOME_AWAY;

    if (!web_push_is_on(config))
        return refuse(refusal_r, 409, CODE_RULE, "This site sends no push messages.");
    if (!web_push_endpoint_is_good(draft->endpoint) && !(config->webpush_any_endpoint && strlen(draft->endpoint) <= 1000))
        return refuse_field(refusal_r, 422, CODE_INPUT, "This is not the address of a push service.", "endpoint");
    if (!web_push_decode(draft->p256dh, point, sizeof point) || point[0] != 4)
        return refuse_field(refusal_r, 422, CODE_INPUT, "This is not a browser's key.", "p256dh");
    if (!web_push_decode(draft->auth, auth, sizeof auth))
        return refuse_field(refusal_r, 422, CODE_INPUT, "This is not a browser's key.", "auth");
    crypto_hash_sha256(hash, (const unsigned char *)draft->endpoint, strlen(draft->endpoint));
    if (!db_exec(db, "INSERT INTO push_subscription (member_id, endpoint_hash, endpoint, p256dh, auth, with_line, lang, cdate) VALUES (?,?,?,?,?,?,?,?)"
                     " ON DUPLICATE KEY UPDATE member_id = VALUES(member_id), p256dh = VALUES(p256dh), auth = VALUES(auth), with_line = VALUES(with_line),"
                     " lang = VALUES(lang), cdate = VALUES(cdate)",
                 DB_ARGS(db_int(who->member_id), db_bytes(hash, sizeof hash), db_text(draft->endpoint), db_text(draft->p256dh), db_text(draft->auth),
                         db_int(draft->with_line), db_text(draft->lang == LANG_EN ? "en" : "ko"), db_time(clock_wall_ms())),
                 NULL) ||
        !db_exec(db, "DELETE FROM push_subscription WHERE member_id = ? AND subscription_id NOT IN"
                     " (SELECT subscription_id FROM (SELECT subscription_id FROM push_subscription WHERE member_id = ? ORDER BY cdate DESC LIMIT 20) newest)",
                 DB_ARGS(db_int(who->member_id), db_int(who->member_id)), NULL))
        return OUTCOME_AWAY;
    rows = db_query(db, "SELECT subscription_id FROM push_subscription WHERE endpoint_hash = ?", DB_ARGS(db_bytes(hash, sizeof hash)));
    if (rows && db_rows_count(rows) == 1) {
        *id_r = db_cell_int(rows, 0, 0);
        outcome = OUTCOME_DONE;
    }
    db_rows_free(&rows);
    return outcome;
}

enum outcome push_subscription_remove(struct db *db, const struct principal *who, int64_t id)
{
    return db_exec(db, "DELETE FROM push_subscription WHERE subscription_id = ? AND member_id = ?", DB_ARGS(db_int(id), db_int(who->member_id)), NULL) ? OUTCOME_DONE
                                                                                                                                                     : OUTCOME_AWAY;
}

/* ---- base64url ---- */

bool web_push_decode(const char *text, uint8_t *out, size_t n)
{
    const char *end;
    size_t got = 0;

    return sodium_base642bin(out, n, text, strlen(text), NULL, &got, &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 && !*end && got == n;
}

void web_push_encode(struct buf *out, const uint8_t *bytes, size_t n)
{
    size_t size = sodium_base64_encoded_len(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

    if (!buf_reserve(out, size))
        return;
    sodium_bin2base64(out->p + out->len, size, bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    out->len += size - 1;
}
