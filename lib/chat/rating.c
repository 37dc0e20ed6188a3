/* rating: see rating.h. */
#include "lib/chat/rating.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/message.h"
#include "lib/chat/right.h"
#include "lib/chat/session_priv.h"
#include "lib/chat/stats_fix.h"

bool rating_is_open(const struct config *config, const struct session *s, int64_t now_ms)
{
    return s->status_id == STATUS_COMPLETED && s->end_ms >= 0 && now_ms < s->end_ms + config->rating_window;
}

static enum outcome check(int64_t score, const char *comment, size_t len, struct rating *rating_r, struct refusal *refusal_r)
{
    char *clean;
    size_t n;
    enum outcome outcome;

    *rating_r = (struct rating){.score = (int32_t)score, .cdate_ms = clock_wall_ms()};
    if (score < 1 || score > 5)
        return refuse_field(refusal_r, 422, CODE_INPUT, "Please choose one to five stars.", "score");
    if (!comment || (utf8_is_valid(comment, len) && utf8_is_blank(comment, len)))
        return OUTCOME_DONE;
    outcome = message_check(comment, len, NULL, &clean, &n, refusal_r);
    if (outcome != OUTCOME_DONE) {
        if (outcome == OUTCOME_REFUSED)
            refusal_r->field = "comment";
        return outcome;
    }
    if (utf8_count(clean, n) <= RATING_COMMENT_POINTS)
        snprintf(rating_r->comment, sizeof rating_r->comment, "%s", clean);
    else
        outcome = refuse_field(refusal_r, 422, CODE_INPUT, "The text is longer than 500 characters.", "comment");
    free(clean);
    return outcome;
}

enum outcome rating_find(struct db *db, int64_t session_no, struct rating *rating_r)
{
    struct db_rows *rows = db_query(db, "SELECT score, content, cdate FROM rating WHERE session_no = ?", DB_ARGS(db_int(session_no)));
    const char *comment;

    *rating_r = (struct rating){0};
    if (!rows)
        return OUTCOME_AWAY;
    if (db_rows_count(rows) == 1) {
        rating_r->score = (int32_t)db_cell_int(rows, 0, 0);
        comment = db_cell(rows, 0, 1, NULL);
        snprintf(rating_r->comment, sizeof rating_r->comment, "%s", comment ? comment : "");
        rating_r->cdate_ms = db_cell_time(rows, 0, 2);
    }
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

static enum outcome may_rate(const struct config *config, const struct principal *who, const struct session *s, int64_t now_ms, struct refusal *refusal_r)
{
    if (!right_may(who, RIGHT_READ, s))
        return refuse_absent(refusal_r);
    if (!right_may(who, RIGHT_RATE, s))
        return refuse(refusal_r, 403, CODE_RIGHT, "You may not do this in this chat.");
    if (s->status_id != STATUS_COMPLETED)
        return refuse(refusal_r, 409, CODE_RULE, "This chat is still open. You can rate it when it has ended.");
    if (!rating_is_open(config, s, now_ms))
        return refuse(refusal_r, 409, CODE_RULE, "The time to rate this chat is over.");
    return OUTCOME_DONE;
}

static bool store(struct db *db, const struct config *config, int64_t session_no, const struct rating *rating)
{
    return db_exec(db, "INSERT INTO rating (session_no, score, content, cdate) VALUES (?,?,?,?)"
                       " ON DUPLICATE KEY UPDATE score = VALUES(score), content = VALUES(content), cdate = VALUES(cdate)",
                   DB_ARGS(db_int(session_no), db_int(rating->score), db_text(rating->comment[0] ? rating->comment : NULL), db_time(rating->cdate_ms)), NULL) &&
           stats_unfix(db, config, session_no);
}

/* One try, under the chat's lock: of two at once the later one stands, whole. */
static enum outcome give_once(struct db *db, const struct config *config, const struct principal *who, const char *session_id, struct rating *rating,
                              struct refusal *refusal_r)
{
    struct session s;
    struct rating old;
    enum outcome outcome = db_begin(db) ? session_lock(db, session_id, 0, &s, refusal_r) : OUTCOME_AWAY;

    if (outcome == OUTCOME_DONE)
        outcome = may_rate(config, who, &s, rating->cdate_ms, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = rating_find(db, s.session_no, &old);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (old.score == rating->score && strcmp(old.comment, rating->comment) == 0) {
        *rating = old;
        return OUTCOME_SAME;
    }
    if (!store(db, config, s.session_no, rating))
        return OUTCOME_AWAY;
    if (!db_commit(db))
        return db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
    return OUTCOME_DONE;
}

enum outcome rating_give(struct db *db, const struct config *config, const struct principal *who, const char *session_id, int64_t score, const char *comment,
                         size_t len, struct rating *rating_r, struct refusal *refusal_r)
{
    enum outcome outcome = session_find(db, who, session_id, &(struct session){0}, refusal_r); /* absent before wrong: nobody learns of foreign chats by a 422 */
    int tries;

    if (outcome == OUTCOME_DONE)
        outcome = check(score, comment, len, rating_r, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    for (tries = 1;; tries++) {
        outcome = give_once(db, config, who, session_id, rating_r, refusal_r);
        if (db_in_transaction(db))
            db_rollback(db);
        if (outcome != OUTCOME_AWAY || db_last_error(db) != DB_BUSY || tries == DB_TRIES)
            return outcome;
    }
}

void rating_write_json(struct json_writer *w, const char *key, const struct rating *rating)
{
    if (!rating->score) {
        jw_null(w, key);
        return;
    }
    jw_object_key(w, key);
    jw_int(w, "score", rating->score);
    jw_str(w, "comment", rating->comment[0] ? rating->comment : NULL);
    jw_time(w, "timestamp", rating->cdate_ms);
    jw_object_end(w);
}
