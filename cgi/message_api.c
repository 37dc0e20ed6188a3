/* message_api: see message_api.h. */
#include "cgi/message_api.h"

#include <stdio.h>

#include "cgi/answer.h"
#include "cgi/session_door.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/message.h"
#include "lib/chat/notify.h"
#include "lib/chat/rate.h"
#include "lib/chat/session.h"
#include "lib/chat/wire.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 200

enum { Q_AFTER, Q_BEFORE, Q_LIMIT };
const struct field message_api_query[] = {
    [Q_AFTER] = {"after", FIELD_INT, false, 0, INT32_MAX},
    [Q_BEFORE] = {"before", FIELD_INT, false, 0, INT32_MAX},
    [Q_LIMIT] = {"limit", FIELD_INT, false, 1, LIMIT_MAX},
    {0},
};

enum { B_CONTENT, B_CLIENT_ID, B_TYPE };
const struct field message_api_body[] = {
    [B_CONTENT] = {"content", FIELD_TEXT, true, 0, 0},
    [B_CLIENT_ID] = {"clientMessageId", FIELD_TEXT, false, 0, 0},
    [B_TYPE] = {"messageTypeId", FIELD_CODE, false, 0, 0},
    {0},
};

enum { R_SEQ };
const struct field message_api_read_body[] = {
    [R_SEQ] = {"seq", FIELD_INT, false, 0, INT32_MAX},
    {0},
};

static void write_cursor(struct json_writer *w, int32_t seq)
{
    char text[16];
    snprintf(text, sizeof text, "%d", (int)seq);
    jw_str(w, "next", text);
}

static void write_paging(struct json_writer *w, bool is_before, int limit, const struct message *rows, size_t n, int32_t head)
{
    jw_object_key(w, "paging");
    jw_int(w, "limit", limit);
    if (n > 0 && is_before && rows[0].seq > 1)
        write_cursor(w, rows[0].seq);
    else if (n > 0 && !is_before && rows[n - 1].seq < head)
        write_cursor(w, rows[n - 1].seq);
    else
        jw_null(w, "next");
    jw_object_end(w);
}

static void answer_rows(struct request *q, const struct session *s, bool is_before, int limit, const struct message *rows, size_t n, const char *epoch)
{
    struct json_writer w;
    /* rows may have come in since the session was read */
    int32_t head = n > 0 && rows[n - 1].seq > s->message_count ? rows[n - 1].seq : s->message_count;
    answer_envelope(q, 200, &w);
    jw_array_key(&w, "data");
    for (size_t i = 0; i < n; i++)
        wire_message(&w, NULL, &rows[i]);
    jw_array_end(&w);
    jw_object_key(&w, "log");
    jw_str(&w, "sessionId", s->session_id);
    jw_str(&w, "epoch", epoch);
    jw_int(&w, "head", head);
    jw_object_end(&w);
    write_paging(&w, is_before, limit, rows, n, head);
    answer_envelope_end(q, &w);
}

void message_api_list(struct request *q)
{
    const struct value *after = &q->query[Q_AFTER], *before = &q->query[Q_BEFORE];
    int limit = q->query[Q_LIMIT].is_given ? (int)q->query[Q_LIMIT].i : LIMIT_DEFAULT;
    struct session s;
    struct message *rows = NULL;
    size_t n = 0;
    char epoch[UUID_TEXT_SIZE];
    if (after->is_given && before->is_given) {
        answer_refuse(q, 400, CODE_INPUT, "Ask for either after or before.", "before");
        return;
    }
    if (!session_door_find(q, &s))
        return;
    session_door_touch(q, &s);
    if (!message_epoch(q->db, epoch)) {
        answer_away(q);
        return;
    }
    int32_t from = after->is_given ? (int32_t)after->i : before->is_given ? -1 : 0;
    int32_t to = before->is_given ? (int32_t)before->i : -1;
    if (!answer_outcome(q, message_list(q->db, s.session_no, from, to, limit, &rows, &n), NULL))
        return;
    answer_rows(q, &s, before->is_given, limit, rows, n, epoch);
    message_free_list(&rows, n);
}

bool message_api_send(struct request *q, const struct message_draft *draft, struct change *change_r, enum outcome *outcome_r, struct refusal *refusal_r)
{
    const struct config_rate rate = q->config->send_rate;
    change_init(change_r);
    *outcome_r = OUTCOME_REFUSED;
    int64_t wait_ms = rate_take(RATE_SEND, (uint64_t)q->who.member_id, rate, rate.count > 3 ? rate.count / 3 : 1, clock_wall_ms());
    if (wait_ms > 0) {
        refuse(refusal_r, 429, CODE_RATE, "Too many messages at once. Please wait a moment.");
        refusal_r->retry_after_ms = wait_ms;
        return false;
    }
    *outcome_r = message_send(q->db, &q->who, draft, change_r, refusal_r);
    if (*outcome_r == OUTCOME_AWAY || *outcome_r == OUTCOME_UNKNOWN)
        refuse(refusal_r, 503, CODE_SERVER, "The service is away for a moment. Please try again.");
    if (*outcome_r == OUTCOME_DONE)
        notify_change(change_r);
    return *outcome_r == OUTCOME_DONE || *outcome_r == OUTCOME_SAME;
}

void message_api_post(struct request *q)
{
    const struct value *client_id = &q->form[B_CLIENT_ID];
    int32_t type_id;
    if (!session_door_code(q, GROUP_TYPE, &q->form[B_TYPE], "messageTypeId", &type_id))
        return;
    if (type_id != 0 && type_id != TYPE_NORMAL) {
        answer_refuse(q, 422, CODE_INPUT, "Only messages of type NORMAL can be sent.", "messageTypeId");
        return;
    }
    const struct message_draft draft = {
        .session_id = q->arg[0],
        .content = q->form[B_CONTENT].s,
        .content_len = q->form[B_CONTENT].len,
        .client_message_id = client_id->is_given ? client_id->s : NULL,
    };
    struct change change;
    struct refusal refusal = {0};
    enum outcome outcome;
    if (!message_api_send(q, &draft, &change, &outcome, &refusal)) {
        answer_refusal(q, &refusal);
    } else if (change.nrows < 1) {
        answer_away(q);
    } else {
        struct json_writer w;
        answer_envelope(q, outcome == OUTCOME_DONE ? 201 : 200, &w);
        wire_message(&w, "data", &change.rows[change.nrows - 1]);
        answer_envelope_end(q, &w);
    }
    change_clear(&change);
}

void message_api_read(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    struct session s;
    if (!session_door_find(q, &s))
        return;
    session_door_touch(q, &s);
    change_init(&change);
    enum outcome outcome = session_mark_read(q->db, &q->who, q->arg[0], (int32_t)q->form[R_SEQ].i, &change, &refusal);
    if (session_door_changed(q, outcome, &change, &refusal)) {
        struct json_writer w;
        answer_envelope(q, 200, &w);
        jw_object_key(&w, "data");
        jw_str(&w, "sessionId", s.session_id);
        jw_int(&w, "readSeq", change.read_seq);
        jw_int(&w, "head", change.session.message_count);
        jw_object_end(&w);
        answer_envelope_end(q, &w);
    }
    change_clear(&change);
}
