/* file_api: see file_api.h. The bytes are on disk before the message is written; when the message is refused they go again. */
#include "cgi/file_api.h"

#include <stdio.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/file_send.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "cgi/upload.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"
#include "lib/chat/attachment.h"
#include "lib/chat/config.h"
#include "lib/chat/message.h"
#include "lib/chat/notify.h"
#include "lib/chat/rate.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"
#include "lib/chat/wire.h"

/* The chat, and that who asks may write in it: before a single byte is read. */
static enum outcome find_chat(struct request *q, struct session *s_r, struct refusal *refusal_r)
{
    struct config_rate rate = q->config->send_rate;
    enum outcome outcome = session_find(q->db, &q->who, q->arg[0], s_r, refusal_r);
    int64_t wait_ms;

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!right_may(&q->who, RIGHT_SEND, s_r))
        return refuse(refusal_r, 403, CODE_RIGHT, "You may not write in this chat.");
    wait_ms = rate_take(RATE_SEND, (uint64_t)q->who.member_id, rate, rate.count > 3 ? rate.count / 3 : 1, clock_wall_ms());
    if (wait_ms == 0)
        return OUTCOME_DONE;
    refuse(refusal_r, 429, CODE_RATE, "Too many messages at once. Please wait a moment.");
    refusal_r->retry_after_ms = wait_ms;
    return OUTCOME_REFUSED;
}

/* Stores the file and sends its message; the file stays only if the message came to be. */
static enum outcome store(struct request *q, const struct session *s, struct upload_body *body, struct change *change_r, struct refusal *refusal_r)
{
    struct message_draft draft = {.session_id = s->session_id, .client_message_id = body->has_client_id ? buf_str(&body->client_id) : NULL};
    enum outcome outcome = upload_finish(body->file, q->db, s->session_no, q->who.member_id, &draft.file_id, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!utf8_is_blank(buf_str(&body->content), body->content.len)) {
        draft.content = buf_str(&body->content);
        draft.content_len = body->content.len;
    }
    outcome = message_send(q->db, &q->who, &draft, change_r, refusal_r);
    if (outcome == OUTCOME_DONE)
        notify_change(change_r);
    else if (outcome != OUTCOME_UNKNOWN)
        attachment_drop(q->db, q->config, draft.file_id);
    return outcome;
}

/* The whole way of an upload. False: 403 for the form's token is the answer already, outcome_r means nothing. */
static bool take_upload(struct request *q, struct change *change_r, enum outcome *outcome_r, struct refusal *refusal_r)
{
    struct upload_body body = {0};
    struct session s;
    bool may_go_on = true;

    *outcome_r = find_chat(q, &s, refusal_r);
    if (*outcome_r == OUTCOME_DONE && !upload_body_read(q, &body, refusal_r))
        *outcome_r = OUTCOME_REFUSED;
    if (*outcome_r == OUTCOME_DONE) {
        may_go_on = route_check_csrf(q, body.has_csrf ? buf_str(&body.csrf) : NULL);
        if (may_go_on)
            *outcome_r = store(q, &s, &body, change_r, refusal_r);
    }
    upload_body_clear(&body);
    return may_go_on;
}

void file_api_post(struct request *q)
{
    struct refusal refusal = {0};
    struct change change;
    struct json_writer w;
    enum outcome outcome;

    change_init(&change);
    if (take_upload(q, &change, &outcome, &refusal) && answer_outcome(q, outcome, &refusal)) {
        if (change.nrows < 1) {
            answer_away(q);
        } else {
            answer_envelope(q, outcome == OUTCOME_DONE ? 201 : 200, &w);
            wire_message(&w, "data", &change.rows[change.nrows - 1]);
            answer_envelope_end(q, &w);
        }
    }
    change_clear(&change);
}

/* The chat's own page: this form's address without its end. */
static void thread_url(const struct request *q, char out[HTTP_PATH_MAX + 1])
{
    size_t n = strlen(q->path) - strlen("/files");

    memcpy(out, q->path, n);
    out[n] = '\0';
}

/* The page of an error leads back to the chat: the form's own address takes no GET. */
static void send_error(struct request *q, const struct refusal *refusal)
{
    struct json_object *data = page_data(q);
    char url[HTTP_PATH_MAX + 1];

    thread_url(q, url);
    page_int(data, "status", refusal->status);
    page_str(data, "title", answer_text(q, "That did not work"));
    page_str(data, "text", answer_text(q, refusal->message));
    page_str(data, "path", url);
    page_str(data, "retryUrl", url);
    page_send(q, refusal->status, "error", data);
    if (refusal->retry_after_ms > 0)
        answer_header(q, "Retry-After", "%lld", (long long)((refusal->retry_after_ms + 999) / 1000));
}

void file_page_post(struct request *q)
{
    struct refusal refusal = {0};
    char url[HTTP_PATH_MAX + 1];
    struct change change;
    enum outcome outcome;

    change_init(&change);
    if (take_upload(q, &change, &outcome, &refusal)) {
        thread_url(q, url);
        if (outcome == OUTCOME_REFUSED && refusal.status != 404)
            send_error(q, &refusal);
        else if (answer_outcome(q, outcome, &refusal))
            answer_redirect(q, url);
    }
    change_clear(&change);
}

/* Digits only, no leading zero, below 2^53: anything else names no file. */
static int64_t read_id(const char *text)
{
    int64_t id = 0;

    if (*text < '1' || *text > '9' || strlen(text) > 16)
        return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        id = id * 10 + (*text - '0');
    }
    return id <= JSON_MAX_INT ? id : 0;
}

void file_api_get(struct request *q)
{
    struct refusal refusal = {0};
    struct attachment a;
    int64_t id = read_id(q->arg[0]);
    enum outcome outcome = id ? attachment_find(q->db, &q->who, id, &a, &refusal) : refuse(&refusal, 404, CODE_ABSENT, "There is no such file.");

    if (answer_outcome(q, outcome, &refusal))
        file_send(q, &a);
}
