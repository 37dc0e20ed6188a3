/* message_revise: editing and deleting what was written. Rows of the log never change but for revised_seq: the row of the edit or deletion goes to its end as
 * any other, so that it reaches everybody in order, and the row meant names it, so that whoever reads that one later gets what holds now. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/message_priv.h"
#include "lib/chat/session_priv.h"

static enum outcome no_such_message(struct refusal *r)
{
    return refuse(r, 404, CODE_ABSENT, "There is no such message.");
}

static bool is_of_people(const struct message *m)
{
    return m->kind == KIND_TEXT || m->kind == KIND_FILE;
}

static enum outcome judge(const struct step *step, const struct message *m, struct refusal *r)
{
    const bool is_own = m->sender_id == step->who->member_id, is_delete = !step->content;

    if (!is_of_people(m))
        return refuse(r, 409, CODE_RULE, "Only messages of people can be changed.");
    if (!is_own && !(is_delete && role_is_chief(step->who->role)))
        return refuse(r, 403, CODE_RIGHT, "Only own messages can be changed.");
    if (m->revision == REVISION_REDACTED)
        return is_delete ? OUTCOME_SAME : refuse(r, 409, CODE_RULE, "This message has been deleted.");
    if (!is_delete && m->kind == KIND_FILE)
        return refuse(r, 409, CODE_RULE, "A file can be deleted, not edited.");
    if (!is_delete && m->content_len == step->content_len && memcmp(m->content, step->content, m->content_len) == 0)
        return OUTCOME_SAME;
    if (!role_is_chief(step->who->role) && step->now_ms - m->cdate_ms > step->config->revise_window)
        return refuse(r, 409, CODE_RULE, "It is too late to change this message.");
    return OUTCOME_DONE;
}

static bool add_row(const struct step *step, struct session *s, struct change *c, int32_t seq)
{
    const char *content = step->content ? step->content : "";
    const size_t len = step->content ? step->content_len : 0;
    const char side = right_side(step->who, s);
    struct message *m = change_add_row(c, s, step->content ? KIND_EDIT : KIND_REDACT, step->now_ms);

    if (!m)
        return false;
    m->sender_id = step->who->member_id;
    m->sender_type = side == 'M' ? 'M' : 'A';
    memcpy(m->sender_name, step->who->nickname, sizeof(m->sender_name));
    m->message_type_id = TYPE_NORMAL;
    m->target_seq = seq;
    m->content = calloc(1, len + 1);
    if (m->content)
        memcpy(m->content, content, len);
    m->content_len = len;
    return m->content != NULL;
}

static bool mark(const struct step *step, const struct session *s, const struct message *m)
{
    if (!db_exec(step->db, "UPDATE chat_message SET revised_seq = ? WHERE session_no = ? AND seq = ?",
                 DB_ARGS(db_int(s->message_count), db_int(s->session_no), db_int(m->seq)), NULL))
        return false;
    return step->content || !m->file ||
           db_exec(step->db, "UPDATE attachment SET status = 9 WHERE file_id = ?", DB_ARGS(db_int(m->file->file_id)), NULL);
}

/* Not pure as other steps are: the row meant is read and marked under the chat's lock. */
static enum outcome step_revise(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    struct message *rows;
    size_t n;
    enum outcome outcome;

    if (!right_may(step->who, RIGHT_READ, s))
        return refuse_absent(refusal_r);
    outcome = message_list(step->db, s->session_no, (int32_t)step->number - 1, -1, 1, &rows, &n);
    if (outcome != OUTCOME_DONE)
        return outcome;
    outcome = n == 1 && rows[0].seq == step->number ? judge(step, &rows[0], refusal_r) : no_such_message(refusal_r);
    if (outcome == OUTCOME_DONE && !add_row(step, s, c, rows[0].seq))
        outcome = refuse(refusal_r, 409, CODE_RULE, "This chat has reached its largest number of messages.");
    else if (outcome == OUTCOME_DONE && !mark(step, s, &rows[0]))
        outcome = OUTCOME_AWAY;
    message_free_list(&rows, n);
    return outcome;
}

enum outcome message_revise(struct db *db, const struct config *config, const struct principal *who, const char *session_id, int32_t seq, const char *content,
                            size_t content_len, struct change *change_r, struct refusal *refusal_r)
{
    struct step step = {.config = config, .who = who, .now_ms = clock_wall_ms(), .number = seq, .db = db};
    enum outcome outcome = OUTCOME_DONE;
    char *text = NULL;

    change_init(change_r);
    if (seq < 1)
        return no_such_message(refusal_r);
    if (content)
        outcome = message_check(content, content_len, NULL, &text, &step.content_len, refusal_r);
    step.content = text;
    if (outcome == OUTCOME_DONE)
        outcome = session_run(db, session_id, 0, step_revise, &step, change_r, refusal_r);
    free(text);
    return outcome;
}
