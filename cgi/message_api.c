/* message_api: see message_api.h. */
#include "cgi/message_api.h"

#include <stdio.h>

#include <stdlib.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/etag.h"
#include "cgi/route.h"
#include "cgi/session_door.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/hand_over.h"
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

enum { B_CONTENT, B_CLIENT_ID, B_TYPE, B_QUOTE };
const struct field message_api_body[] = {
    [B_CONTENT] = {"content", FIELD_TEXT, true, 0, 0},
    [B_CLIENT_ID] = {"clientMessageId", FIELD_TEXT, false, 0, 0},
    [B_TYPE] = {"messageTypeId", FIELD_CODE, false, 0, 0},
    [B_QUOTE] = {"quoteSeq", FIELD_INT, false, 1, SEQ_MAX},
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

/* What push would have told besides rows, so that a page that polls asks for one thing only. */
static bool write_standing(struct request *q, struct json_writer *w, const struct session *s)
{
    int64_t place = 0, estimate_s = -1;
    if (s->status_id == STATUS_WAITING && session_queue_place(q->db, s, &place, &estimate_s) != OUTCOME_DONE)
        return false;
    if (place > 0)
        wire_queue(w, "queue", place, estimate_s);
    return true;
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
    jw_int(&w, "memberReadSeq", s->member_read_seq);
    jw_int(&w, "adminReadSeq", s->admin_read_seq);
    jw_object_end(&w);
    write_paging(&w, is_before, limit, rows, n, head);
    if (!is_before && !write_standing(q, &w, s)) {
        answer_away(q);
        return;
    }
    answer_envelope_end(q, &w);
    etag_answer(q, "timestamp");
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

static void answer_row(struct request *q, int status, const struct message *m)
{
    struct json_writer w;
    answer_envelope(q, status, &w);
    wire_message(&w, "data", m);
    answer_envelope_end(q, &w);
}

/* A message like nearly all: text with an id, of the plain type, without a quote. */
static bool is_plain(const struct request *q)
{
    const struct value *type = &q->form[B_TYPE];
    return q->form[B_CLIENT_ID].is_given && !q->form[B_QUOTE].is_given && uuid_is_valid(q->arg[0]) && (!type->is_given || strcmp(type->s, "11") == 0 || strcmp(type->s, "NORMAL") == 0);
}

static void answer_stored(struct request *q, const struct hand_over_request *asked, const struct hand_over_answer *stored)
{
    struct message m = {
        .session_no = stored->session_no, .message_id = stored->session_no * (SEQ_MAX + 1) + stored->seq, .sender_id = stored->sender_id, .seq = stored->seq,
        .message_type_id = TYPE_NORMAL, .kind = KIND_TEXT, .sender_type = stored->sender_type, .is_read = 'N', .cdate_ms = stored->cdate_ms,
        .content = (char *)(uintptr_t)asked->content, .content_len = asked->content_len,
    };
    memcpy(m.session_id, asked->session_id, sizeof m.session_id);
    memcpy(m.client_message_id, asked->client_message_id, sizeof m.client_message_id);
    memcpy(m.sender_name, stored->sender_name, sizeof m.sender_name);
    route_take_lang(q, stored->lang);
    answer_row(q, 201, &m);
}

/* The content, checked, behind the head of a request to pushd's writers; NULL when it is not in order, or memory is out. */
static struct hand_over_request *make_request(struct request *q, const char *secret, bool is_bearer)
{
    const struct value *content = &q->form[B_CONTENT], *id = &q->form[B_CLIENT_ID];
    struct hand_over_request *r = NULL;
    struct refusal ignored = {0};
    char *text = NULL;
    size_t len;
    if (strlen(secret) < sizeof r->secret && message_check(content->s, content->len, id->s, &text, &len, &ignored) == OUTCOME_DONE)
        r = calloc(1, sizeof *r + len + 1);
    if (r) {
        r->is_bearer = is_bearer;
        r->content_len = (uint16_t)len;
        memcpy(r->secret, secret, strlen(secret));
        memcpy(r->session_id, q->arg[0], UUID_TEXT_SIZE);
        memcpy(r->client_message_id, id->s, UUID_TEXT_SIZE);
        memcpy(r->content, text, len);
    }
    free(text);
    return r;
}

/* Stored by pushd's writers together with what else waits there, and answered: true. Else nothing is known (hand_over.h). */
static bool is_handed_over(struct request *q)
{
    struct hand_over_answer stored;
    const char *secret;
    bool is_bearer;
    if (!q->hand_over || !route_look_ahead(q, &secret, &is_bearer) || !is_plain(q))
        return false;
    struct hand_over_request *r = make_request(q, secret, is_bearer);
    bool is_stored = r && hand_over_ask(q->hand_over, r, &stored);
    if (is_stored)
        answer_stored(q, r, &stored);
    free(r);
    return is_stored;
}

void message_api_post(struct request *q)
{
    if (is_handed_over(q) || !route_enter(q))
        return;
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
        .quote_seq = (int32_t)q->form[B_QUOTE].i,
    };
    struct change change;
    struct refusal refusal = {0};
    enum outcome outcome;
    if (!message_api_send(q, &draft, &change, &outcome, &refusal)) {
        answer_refusal(q, &refusal);
    } else if (change.nrows < 1) {
        answer_away(q);
    } else {
        answer_row(q, outcome == OUTCOME_DONE ? 201 : 200, &change.rows[change.nrows - 1]);
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
