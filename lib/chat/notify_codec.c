/* notify_codec: a change as one JSON object and back. The names of the fields stand here once, in two tables that both directions walk.
 *
 *   {"v":1,"n":NUMBER,"what":NAME,"side"?:"M"|"A","readSeq"?,"reasonId"?,"graceMs"?,"oldAdminId"?,"offerAdminId"?,"offerEnd"?,"session":{FIELDS},"rows":[{FIELDS}...]} */
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/chat/notify.h"

enum field_type { F_INT32, F_INT64, F_BOOL, F_CHAR, F_TEXT };
struct field {
    const char *name;
    enum field_type type;
    size_t at, size;
};
#define FIELD(type_of, member, t) {#member, t, offsetof(struct type_of, member), sizeof(((struct type_of *)0)->member)}
#define S64(m) FIELD(session, m, F_INT64)
#define S32(m) FIELD(session, m, F_INT32)
#define SB(m) FIELD(session, m, F_BOOL)
#define ST(m) FIELD(session, m, F_TEXT)
static const struct field session_fields[] = {
    S64(session_no), S64(member_id), S64(admin_id), ST(session_id), ST(member_name), ST(member_email), ST(admin_name), ST(title), ST(previous_session_id), S32(category_id),
    S32(status_id), S32(message_count), S32(member_read_seq), S32(admin_read_seq), S32(disconnect_reason_id), S32(exit_reason_id),
    FIELD(session, ended_by, F_CHAR), SB(member_pushed), SB(admin_pushed), SB(member_joined), SB(admin_joined), SB(queue_front), SB(abandoned), SB(offline),
    S64(start_ms), S64(end_ms), S64(cdate_ms), S64(udate_ms), S64(accept_ms), S64(first_response_ms), S64(queue_since_ms), S64(queue_entered_ms),
    S64(hold_since_ms), S64(hold_ms), S64(hold_until_ms), S64(offer_ms), S64(offer_admin_id), S64(offer_note_id), S32(offer_category_id), S64(route_admin_id), S64(route_until_ms),
    S64(member_last_seen_ms), S64(admin_last_seen_ms), S64(member_grace_ms), S64(admin_grace_ms), {NULL, F_INT32, 0, 0},
};
#define M64(m) FIELD(message, m, F_INT64)
#define M32(m) FIELD(message, m, F_INT32)
static const struct field message_fields[] = {
    M64(message_id), M64(sender_id), M32(seq), M32(message_type_id), M32(target_seq), FIELD(message, client_message_id, F_TEXT),
    FIELD(message, sender_type, F_CHAR), FIELD(message, is_read, F_CHAR), FIELD(message, sender_name, F_TEXT), M64(cdate_ms), {NULL, F_INT32, 0, 0},
};
#define A64(m) FIELD(attachment_info, m, F_INT64)
static const struct field file_fields[] = {
    A64(file_id), A64(size), FIELD(attachment_info, width, F_INT32), FIELD(attachment_info, height, F_INT32), FIELD(attachment_info, name, F_TEXT),
    FIELD(attachment_info, content_type, F_TEXT), {NULL, F_INT32, 0, 0},
};

static void write_fields(struct json_writer *w, const struct field *f, const void *from)
{
    for (; f->name; f++) {
        const char *at = (const char *)from + f->at;

        switch (f->type) {
        case F_INT32:
            jw_int(w, f->name, *(const int32_t *)at);
            break;
        case F_INT64:
            jw_int(w, f->name, *(const int64_t *)at);
            break;
        case F_BOOL:
            jw_bool(w, f->name, *(const bool *)at);
            break;
        case F_CHAR:
            jw_strn(w, f->name, at, *at ? 1 : 0);
            break;
        case F_TEXT:
            jw_str(w, f->name, at);
            break;
        }
    }
}

static bool read_field(struct json_object *o, const struct field *f, void *to)
{
    char *at = (char *)to + f->at;
    const char *s;
    int64_t v;
    size_t n;

    switch (f->type) {
    case F_INT32:
        if (json_get_int(o, f->name, &v) != JSON_GOT || v < INT32_MIN || v > INT32_MAX)
            return false;
        *(int32_t *)at = (int32_t)v;
        return true;
    case F_INT64:
        return json_get_int(o, f->name, (int64_t *)at) == JSON_GOT;
    case F_BOOL:
        return json_get_bool(o, f->name, (bool *)at) == JSON_GOT;
    case F_CHAR:
        if (json_get_str(o, f->name, &s, &n) != JSON_GOT || n > 1)
            return false;
        *at = n ? *s : '\0';
        return true;
    case F_TEXT:
        if (json_get_str(o, f->name, &s, &n) != JSON_GOT || n >= f->size)
            return false;
        memcpy(at, s, n + 1);
        return true;
    }
    return false;
}

static bool read_fields(struct json_object *o, const struct field *f, void *to)
{
    if (!json_object_is_type(o, json_type_object))
        return false;
    for (; f->name; f++)
        if (!read_field(o, f, to))
            return false;
    return true;
}

static void write_row(struct json_writer *w, const struct message *m, bool with_content)
{
    jw_object(w);
    jw_str(w, "kind", message_kind_name(m->kind));
    write_fields(w, message_fields, m);
    if (with_content && m->content)
        jw_strn(w, "content", m->content, m->content_len);
    if (m->args)
        jw_str(w, "args", m->args);
    if (m->file) {
        jw_object_key(w, "file");
        write_fields(w, file_fields, m->file);
        jw_object_end(w);
    }
    jw_object_end(w);
}

static void encode(const struct change *c, uint64_t number, bool with_content, struct buf *out)
{
    struct json_writer w = JSON_WRITER(out);
    int i;

    buf_reset(out);
    jw_object(&w);
    jw_int(&w, "v", NOTIFY_VERSION);
    jw_int(&w, "n", (int64_t)number);
    jw_str(&w, "what", change_what_name(c->what));
    if (c->side)
        jw_strn(&w, "side", &c->side, 1);
    jw_int(&w, "readSeq", c->read_seq);
    jw_int(&w, "reasonId", c->reason_id);
    jw_int(&w, "graceMs", c->grace_ms);
    jw_int(&w, "oldAdminId", c->old_admin_id);
    if (c->what == CHANGE_OFFER_OVER) {
        jw_int(&w, "offerAdminId", c->offer_admin_id);
        jw_int(&w, "offerEnd", c->offer_end);
    }
    jw_object_key(&w, "session");
    write_fields(&w, session_fields, &c->session);
    jw_object_end(&w);
    jw_array_key(&w, "rows");
    for (i = 0; i < c->nrows; i++)
        write_row(&w, &c->rows[i], with_content);
    jw_array_end(&w);
    jw_object_end(&w);
}

bool notify_encode(const struct change *c, uint64_t number, struct buf *out)
{
    encode(c, number, true, out);
    if (!buf_failed(out) && out->len <= NOTIFY_MAX)
        return true;
    encode(c, number, false, out);
    return !buf_failed(out) && out->len <= NOTIFY_MAX;
}

static bool read_row(struct json_object *o, const struct session *s, struct message *m)
{
    struct json_object *file;
    const char *text;
    size_t n;

    memset(m, 0, sizeof(*m));
    if (!read_fields(o, message_fields, m) || json_get_str(o, "kind", &text, &n) != JSON_GOT || !message_kind_from_name(text, &m->kind))
        return false;
    m->session_no = s->session_no;
    memcpy(m->session_id, s->session_id, sizeof(m->session_id));
    if (json_get_str(o, "content", &text, &n) == JSON_GOT) {
        m->content = malloc(n + 1);
        if (!m->content)
            return false;
        memcpy(m->content, text, n + 1);
        m->content_len = n;
    }
    if (json_get_str(o, "args", &text, &n) == JSON_GOT && !(m->args = strdup(text)))
        return false;
    if (json_object_object_get_ex(o, "file", &file)) {
        m->file = calloc(1, sizeof(*m->file));
        return m->file && read_fields(file, file_fields, m->file);
    }
    return true;
}

static bool decode(struct json_object *o, struct change *c, uint64_t *number_r)
{
    struct json_object *part;
    const char *text;
    int64_t v, number;
    size_t n, i;

    if (!json_object_is_type(o, json_type_object) || json_get_int(o, "v", &v) != JSON_GOT || v != NOTIFY_VERSION ||
        json_get_int(o, "n", &number) != JSON_GOT || number < 1 || json_get_str(o, "what", &text, &n) != JSON_GOT || !change_what_from_name(text, &c->what))
        return false;
    *number_r = (uint64_t)number;
    if (json_get_str(o, "side", &text, &n) == JSON_GOT)
        c->side = n == 1 && (*text == 'M' || *text == 'A') ? *text : 0;
    if (json_get_int(o, "readSeq", &v) == JSON_GOT)
        c->read_seq = (int32_t)v;
    if (json_get_int(o, "reasonId", &v) == JSON_GOT)
        c->reason_id = (int32_t)v;
    json_get_int(o, "graceMs", &c->grace_ms);
    json_get_int(o, "oldAdminId", &c->old_admin_id);
    json_get_int(o, "offerAdminId", &c->offer_admin_id);
    if (json_get_int(o, "offerEnd", &v) == JSON_GOT && v >= OFFER_REFUSED && v <= OFFER_TIMED_OUT)
        c->offer_end = (enum offer_end)v;
    if (!json_object_object_get_ex(o, "session", &part) || !read_fields(part, session_fields, &c->session) || !uuid_is_valid(c->session.session_id))
        return false;
    if (!json_object_object_get_ex(o, "rows", &part) || !json_object_is_type(part, json_type_array) || json_object_array_length(part) > CHANGE_ROWS_MAX)
        return false;
    for (i = 0; i < json_object_array_length(part); i++)
        if (!read_row(json_object_array_get_idx(part, i), &c->session, &c->rows[c->nrows++]))
            return false;
    return true;
}

bool notify_decode(const char *text, size_t n, struct change *c_r, uint64_t *number_r)
{
    const char *why;
    struct json_object *o = n <= NOTIFY_MAX ? json_read(text, n, &why) : NULL;
    bool ok;

    change_init(c_r);
    ok = o && decode(o, c_r, number_r);
    json_object_put(o);
    if (!ok)
        change_clear(c_r);
    return ok;
}
