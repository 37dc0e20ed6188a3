#include "lib/chat/wire.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/chat/code.h"

#define SYSTEM_MEMBER 1
#define PREVIEW_POINTS 80

static void open_object(struct json_writer *w, const char *key)
{
    if (key)
        jw_object_key(w, key);
    else
        jw_object(w);
}

/* An id, null for none. */
static void id_or_null(struct json_writer *w, const char *key, int64_t id)
{
    if (id)
        jw_int(w, key, id);
    else
        jw_null(w, key);
}

static void letter(struct json_writer *w, const char *key, char c)
{
    if (c)
        jw_strn(w, key, &c, 1);
    else
        jw_null(w, key);
}

static const char *type_name(int32_t type_id)
{
    return type_id == TYPE_FILE ? "FILE" : type_id == TYPE_SYSTEM ? "SYSTEM" : "NORMAL";
}

static const char *status_code(int32_t status_id)
{
    static const char *const names[] = {"", "WAITING", "ACTIVE", "COMPLETED", "DISCONNECTED"};

    return status_id >= STATUS_WAITING && status_id <= STATUS_DISCONNECTED ? names[status_id] : "";
}

static const char *side_name(char side)
{
    return side == 'M' ? "MEMBER" : "ADMIN";
}

static void wire_file(struct json_writer *w, const struct attachment_info *f)
{
    char url[64];

    jw_object_key(w, "attachment");
    jw_int(w, "fileId", f->file_id);
    jw_str(w, "name", f->name);
    jw_int(w, "size", f->size);
    jw_str(w, "contentType", f->content_type);
    if (f->width > 0 && f->height > 0) {
        jw_int(w, "width", f->width);
        jw_int(w, "height", f->height);
    }
    snprintf(url, sizeof(url), "/api/chat/files/%lld", (long long)f->file_id);
    jw_str(w, "url", url);
    jw_object_end(w);
}

void wire_message(struct json_writer *w, const char *key, const struct message *m)
{
    open_object(w, key);
    jw_int(w, "messageId", m->message_id);
    jw_str(w, "sessionId", m->session_id);
    jw_int(w, "seq", m->seq);
    id_or_null(w, "senderId", m->sender_id == SYSTEM_MEMBER ? 0 : m->sender_id);
    letter(w, "senderType", m->sender_type);
    jw_str(w, "senderName", m->sender_name);
    jw_strn(w, "content", m->content ? m->content : "", m->content_len);
    jw_int(w, "messageTypeId", m->message_type_id);
    jw_str(w, "messageType", type_name(m->message_type_id));
    jw_str(w, "kind", message_kind_name(m->kind));
    if (m->args)
        jw_raw(w, "args", m->args, strlen(m->args));
    letter(w, "isRead", m->is_read);
    jw_time(w, "timestamp", m->cdate_ms);
    jw_str(w, "clientMessageId", *m->client_message_id ? m->client_message_id : NULL);
    if (m->target_seq)
        jw_int(w, m->kind == KIND_EDIT || m->kind == KIND_REDACT ? "targetSeq" : "quoteSeq", m->target_seq);
    if (m->revision)
        jw_bool(w, m->revision == REVISION_REDACTED ? "redacted" : "edited", true);
    if (m->file)
        wire_file(w, m->file);
    jw_object_end(w);
}

static void code_with_name(struct json_writer *w, const char *id_key, const char *name_key, int32_t code_id, enum lang lang)
{
    char name[401];

    if (!code_id) {
        jw_null(w, id_key);
        jw_null(w, name_key);
        return;
    }
    code_name(code_id, lang, name, sizeof(name));
    jw_int(w, id_key, code_id);
    jw_str(w, name_key, name);
}

/* The grace that runs out first. */
static int64_t next_grace(const struct session *s)
{
    if (s->member_grace_ms < 0 || (s->admin_grace_ms >= 0 && s->admin_grace_ms < s->member_grace_ms))
        return s->admin_grace_ms;
    return s->member_grace_ms;
}

/* What the staff alone learn: its place before others in the queue, hold, and to whom it is offered. */
static void wire_desk(struct json_writer *w, const struct session *s)
{
    jw_bool(w, "queueFront", s->queue_front);
    id_or_null(w, "routedTo", s->route_admin_id);
    jw_time(w, "routedUntil", s->route_until_ms);
    jw_time(w, "holdSince", s->hold_since_ms);
    jw_time(w, "holdUntil", s->hold_until_ms);
    if (s->offer_ms < 0) {
        jw_null(w, "offer");
        return;
    }
    jw_object_key(w, "offer");
    id_or_null(w, "toMemberId", s->offer_admin_id);
    id_or_null(w, "toCategoryId", s->offer_category_id);
    jw_time(w, "until", s->offer_ms);
    jw_object_end(w);
}

void wire_session(struct json_writer *w, const char *key, const struct session *s, enum lang lang, bool staff)
{
    open_object(w, key);
    jw_str(w, "sessionId", s->session_id);
    jw_int(w, "memberId", s->member_id);
    jw_str(w, "memberName", s->member_name);
    if (staff)
        jw_str(w, "memberEmail", *s->member_email ? s->member_email : NULL);
    id_or_null(w, "adminId", s->admin_id);
    jw_str(w, "adminName", s->admin_id ? s->admin_name : NULL);
    code_with_name(w, "categoryId", "categoryName", s->category_id, lang);
    jw_str(w, "status", status_code(s->status_id));
    code_with_name(w, "statusId", "statusName", s->status_id, lang);
    jw_str(w, "title", *s->title ? s->title : NULL);
    jw_str(w, "previousSessionId", *s->previous_session_id ? s->previous_session_id : NULL);
    jw_time(w, "startTime", s->start_ms);
    jw_time(w, "acceptTime", s->accept_ms);
    jw_time(w, "endTime", s->end_ms);
    jw_int(w, "messageCount", s->message_count);
    jw_int(w, "memberReadSeq", s->member_read_seq);
    jw_int(w, "adminReadSeq", s->admin_read_seq);
    code_with_name(w, "exitReasonId", "exitReasonName", s->exit_reason_id, lang);
    letter(w, "endedBy", s->ended_by);
    jw_time(w, "graceUntil", next_grace(s));
    jw_time(w, "memberGraceUntil", s->member_grace_ms);
    jw_time(w, "adminGraceUntil", s->admin_grace_ms);
    jw_time(w, "memberLastSeen", s->member_last_seen_ms);
    jw_time(w, "adminLastSeen", s->admin_last_seen_ms);
    jw_time(w, "queueSince", s->queue_since_ms);
    jw_bool(w, "offline", s->offline);
    jw_time(w, "cdate", s->cdate_ms);
    jw_time(w, "udate", s->udate_ms);
    if (staff)
        wire_desk(w, s);
    jw_object_end(w);
}

void wire_session_brief(struct json_writer *w, const struct session *s, enum lang lang)
{
    jw_object(w);
    jw_str(w, "sessionId", s->session_id);
    jw_str(w, "memberName", s->member_name);
    id_or_null(w, "adminId", s->admin_id);
    jw_str(w, "adminName", s->admin_id ? s->admin_name : NULL);
    code_with_name(w, "categoryId", "categoryName", s->category_id, lang);
    jw_str(w, "status", status_code(s->status_id));
    jw_str(w, "title", *s->title ? s->title : NULL);
    jw_time(w, "cdate", s->cdate_ms);
    jw_time(w, "queueSince", s->queue_since_ms);
    jw_time(w, "acceptTime", s->accept_ms);
    jw_int(w, "messageCount", s->message_count);
    jw_time(w, "udate", s->udate_ms);
    jw_bool(w, "offline", s->offline);
    jw_time(w, "holdSince", s->hold_since_ms);
    jw_bool(w, "queueFront", s->queue_front);
    id_or_null(w, "routedTo", s->route_admin_id);
    jw_time(w, "routedUntil", s->route_until_ms);
    jw_object_end(w);
}

void wire_read(struct json_writer *w, const struct change *c)
{
    const bool by_member = c->side == 'M';

    jw_object(w);
    jw_str(w, "kind", "READ");
    jw_null(w, "seq");
    jw_null(w, "messageId");
    jw_str(w, "sessionId", c->session.session_id);
    id_or_null(w, "senderId", by_member ? c->session.member_id : c->session.admin_id);
    letter(w, "senderType", c->side);
    jw_str(w, "senderName", by_member ? c->session.member_name : c->session.admin_name);
    jw_str(w, "side", side_name(c->side));
    jw_int(w, "readSeq", c->read_seq);
    jw_str(w, "content", "READ_EVENT");
    jw_str(w, "isRead", "Y");
    jw_int(w, "messageTypeId", TYPE_SYSTEM);
    jw_str(w, "messageType", "SYSTEM");
    jw_time(w, "timestamp", c->session.udate_ms);
    jw_object_end(w);
}

static void presence_state(struct json_writer *w, const struct change *c)
{
    jw_str(w, "side", side_name(c->side));
    jw_str(w, "state", c->what == CHANGE_AWAY ? "INACTIVE" : "ACTIVE");
}

void wire_presence(struct json_writer *w, const struct change *c)
{
    struct code reason;

    jw_object(w);
    jw_str(w, "sessionId", c->session.session_id);
    presence_state(w, c);
    jw_str(w, "reason", c->what == CHANGE_AWAY && code_by_id(c->reason_id, &reason) ? reason.code : NULL);
    jw_time(w, "graceUntil", c->what == CHANGE_AWAY ? c->grace_ms : -1);
    jw_object_end(w);
}

void wire_live_presence(struct json_writer *w, const struct change *c)
{
    jw_object(w);
    jw_str(w, "kind", "PRESENCE");
    presence_state(w, c);
    jw_time(w, "graceUntil", c->what == CHANGE_AWAY ? c->grace_ms : -1);
    jw_object_end(w);
}

void wire_new_session(struct json_writer *w, const struct session *s)
{
    char name[401];

    code_name(s->category_id, LANG_KO, name, sizeof(name));
    jw_object(w);
    jw_str(w, "sessionId", s->session_id);
    jw_int(w, "memberId", s->member_id);
    jw_str(w, "memberName", s->member_name);
    jw_int(w, "categoryId", s->category_id);
    jw_str(w, "categoryName", name);
    jw_str(w, "title", *s->title ? s->title : NULL);
    jw_time(w, "startTime", s->start_ms);
    jw_int(w, "statusId", s->status_id);
    jw_object_end(w);
}

void wire_session_change(struct json_writer *w, const struct change *c)
{
    const struct session *s = &c->session;
    char name[401];

    code_name(s->status_id, LANG_KO, name, sizeof(name));
    jw_object(w);
    if (s->status_id == STATUS_COMPLETED)
        jw_str(w, "type", "SESSION_ENDED");
    jw_str(w, "change", change_what_name(c->what));
    jw_str(w, "sessionId", s->session_id);
    jw_int(w, "statusId", s->status_id);
    jw_str(w, "status", status_code(s->status_id));
    jw_str(w, "statusName", name);
    id_or_null(w, "adminId", s->admin_id);
    jw_time(w, "updatedAt", s->udate_ms);
    wire_session(w, "session", s, LANG_KO, true);
    jw_object_end(w);
}

static const char *offer_end_name(enum offer_end end)
{
    return end == OFFER_REFUSED ? "REFUSED" : end == OFFER_WITHDRAWN ? "WITHDRAWN" : "TIMED_OUT";
}

void wire_notification(struct json_writer *w, const struct change *c)
{
    const struct session *s = &c->session;
    struct buf content = BUF_INIT;
    const char *kind = "REQUEST";

    if (c->what == CHANGE_TAKEN) {
        kind = "TAKEN";
        buf_printf(&content, "%s 상담사가 상담을 수락했습니다: %s", s->admin_name, s->member_name);
    } else if (c->what == CHANGE_CANCELLED) {
        kind = "CANCELLED";
        buf_printf(&content, "상담 요청 취소: %s", s->member_name);
    } else if (c->what == CHANGE_RETURNED) {
        kind = "RETURNED";
        buf_printf(&content, "다시 대기 중인 상담: %s", s->member_name);
    } else if (c->what == CHANGE_OFFERED) {
        kind = "OFFER";
        buf_printf(&content, "%s 상담사가 상담을 이관합니다: %s", s->admin_name, s->member_name);
    } else if (c->what == CHANGE_OFFER_OVER) {
        kind = "OFFER_OVER";
        buf_printf(&content, "상담 이관이 이루어지지 않았습니다: %s", s->member_name);
    } else if (c->what == CHANGE_HELD) {
        kind = s->hold_since_ms >= 0 ? "HOLD" : c->side ? "RESUMED" : "WAKE";
        buf_printf(&content, "%s: %s", s->hold_since_ms >= 0 ? "보류한 상담" : "보류가 끝난 상담", s->member_name);
    } else if (c->what == CHANGE_NOTE) {
        kind = "NOTE";
        buf_printf(&content, "새 내부 메모: %s", s->member_name);
    } else {
        buf_printf(&content, "새로운 상담 요청: %s", s->member_name);
    }
    jw_object(w);
    jw_str(w, "kind", kind);
    jw_str(w, "sessionId", s->session_id);
    jw_int(w, "memberId", s->member_id);
    jw_str(w, "memberName", s->member_name);
    id_or_null(w, "adminId", s->admin_id);
    jw_str(w, "adminName", s->admin_id ? s->admin_name : NULL);
    jw_int(w, "categoryId", s->category_id);
    jw_str(w, "senderType", "S");
    jw_strn(w, "content", buf_str(&content), content.len);
    jw_str(w, "messageType", "SYSTEM");
    jw_int(w, "messageTypeId", TYPE_SYSTEM);
    if (c->what == CHANGE_OFFERED || c->what == CHANGE_OFFER_OVER) {
        id_or_null(w, "toMemberId", c->what == CHANGE_OFFERED ? s->offer_admin_id : c->offer_admin_id);
        jw_time(w, "until", s->offer_ms);
    }
    if (c->what == CHANGE_OFFER_OVER)
        jw_str(w, "reason", offer_end_name(c->offer_end));
    if (c->what == CHANGE_TAKEN)
        id_or_null(w, "oldAdminId", c->old_admin_id);
    jw_time(w, "timestamp", s->udate_ms);
    jw_object_end(w);
    buf_free(&content);
}

void wire_queue(struct json_writer *w, const char *key, int64_t position, int64_t estimate_s)
{
    open_object(w, key);
    jw_int(w, "position", position);
    if (estimate_s >= 0)
        jw_int(w, "estimateS", estimate_s);
    else
        jw_null(w, "estimateS");
    jw_object_end(w);
}

void wire_preview(struct json_writer *w, const struct message *m)
{
    const char *content = m->content ? m->content : "";

    jw_object(w);
    jw_str(w, "sessionId", m->session_id);
    jw_int(w, "seq", m->seq);
    letter(w, "senderType", m->sender_type);
    jw_str(w, "kind", message_kind_name(m->kind));
    jw_strn(w, "preview", content, utf8_cut(content, m->content_len, PREVIEW_POINTS));
    jw_time(w, "timestamp", m->cdate_ms);
    jw_object_end(w);
}

void wire_error(struct json_writer *w, const struct refusal *r, const char *message, const char *destination, const char *session_id,
                const char *client_message_id)
{
    jw_object(w);
    jw_str(w, "code", r->code);
    jw_str(w, "message", message);
    jw_str(w, "destination", destination);
    jw_str(w, "sessionId", session_id);
    jw_str(w, "clientMessageId", client_message_id);
    if (r->retry_after_ms > 0)
        jw_int(w, "retryAfterMs", r->retry_after_ms);
    jw_object_end(w);
}
