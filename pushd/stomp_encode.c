/* What of stomp_frame.h goes out to clients, and what CONNECT's headers mean. */
#include "pushd/stomp_frame.h"

#include <string.h>

#define HEARTBEAT_MIN_MS 10000
#define HEARTBEAT_MAX_MS 60000

/* ---- CONNECT ---- */

const char *stomp_version_name(enum stomp_version version)
{
    static const char *const names[] = {"", "1.0", "1.1", "1.2"};

    return names[version];
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

enum stomp_version stomp_negotiate(const char *accept_version)
{
    enum stomp_version best = STOMP_NO_VERSION;
    const char *s = accept_version;

    if (!s)
        return STOMP_1_0;
    for (;;) {
        size_t n;

        while (is_blank(*s))
            s++;
        n = strcspn(s, ", \t");
        for (enum stomp_version v = STOMP_1_2; v > best; v--)
            if (n == 3 && memcmp(s, stomp_version_name(v), n) == 0)
                best = v;
        s += n;
        while (is_blank(*s))
            s++;
        if (*s == '\0')
            return best;
        s += *s == ',';
    }
}

static bool take_number(const char **s, uint32_t *number_r)
{
    uint64_t number = 0;
    const char *start = *s;

    for (; **s >= '0' && **s <= '9'; (*s)++) {
        number = number * 10 + (uint64_t)(**s - '0');
        number = number > UINT32_MAX ? UINT32_MAX : number;
    }
    *number_r = (uint32_t)number;
    return *s > start;
}

bool stomp_heartbeat_parse(const char *value, uint32_t *cx_r, uint32_t *cy_r)
{
    *cx_r = 0;
    *cy_r = 0;
    if (!value)
        return true;
    return take_number(&value, cx_r) && *value++ == ',' && take_number(&value, cy_r) && *value == '\0';
}

uint32_t stomp_heartbeat_clamp(uint32_t ms)
{
    if (ms == 0)
        return 0;
    return ms < HEARTBEAT_MIN_MS ? HEARTBEAT_MIN_MS : ms > HEARTBEAT_MAX_MS ? HEARTBEAT_MAX_MS : ms;
}

/* ---- frames ---- */

/* What stands for a byte that may not go out as it is. Without escapes a blank keeps the line whole. */
static const char *escape_of(char c, enum stomp_version version)
{
    if (version < STOMP_1_1)
        return " ";
    switch (c) {
    case '\n':
        return "\\n";
    case ':':
        return "\\c";
    case '\\':
        return "\\\\";
    default:
        return version < STOMP_1_2 ? " " : "\\r";
    }
}

static void add_escaped(struct buf *b, enum stomp_version version, const char *s)
{
    const char *special = version < STOMP_1_1 ? "\r\n" : "\r\n:\\";

    for (;;) {
        size_t n = strcspn(s, special);

        if (n)
            buf_add(b, s, n);
        if (s[n] == '\0')
            return;
        buf_add_str(b, escape_of(s[n], version));
        s += n + 1;
    }
}

void stomp_encode_header(struct buf *b, enum stomp_version version, const char *name, const char *value)
{
    if (!value)
        return;
    add_escaped(b, version, name);
    buf_add_char(b, ':');
    add_escaped(b, version, value);
    buf_add_char(b, '\n');
}

static void add_pairs(struct buf *b, enum stomp_version version, const struct stomp_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        stomp_encode_header(b, version, pairs[i].name, pairs[i].value);
}

/* The last header and the empty line. The digits are made here: a MESSAGE head is written once per receiver. */
static void end_head(struct buf *b, size_t body_len)
{
    char digits[24], *p = digits + sizeof digits;

    do
        *--p = (char)('0' + body_len % 10);
    while ((body_len /= 10) > 0);
    buf_add_str(b, "content-length:");
    buf_add(b, p, (size_t)(digits + sizeof digits - p));
    buf_add(b, "\n\n", 2);
}

static void end_frame(struct buf *b, const void *body, size_t body_len)
{
    if (body_len)
        buf_add(b, body, body_len);
    buf_add_char(b, '\0');
}

void stomp_encode_connected(struct buf *b, const struct stomp_connected *c)
{
    buf_add_str(b, "CONNECTED\n");
    stomp_encode_header(b, STOMP_NO_VERSION, "version", stomp_version_name(c->version));
    buf_printf(b, "heart-beat:%u,%u\n", (unsigned)c->sx, (unsigned)c->sy);
    stomp_encode_header(b, STOMP_NO_VERSION, "session", c->session);
    stomp_encode_header(b, STOMP_NO_VERSION, "server", c->server);
    stomp_encode_header(b, STOMP_NO_VERSION, "user-name", c->user_name);
    add_pairs(b, STOMP_NO_VERSION, c->extra, c->extra_count);
    end_head(b, 0);
    end_frame(b, NULL, 0);
}

void stomp_encode_receipt(struct buf *b, enum stomp_version version, const char *receipt_id)
{
    buf_add_str(b, "RECEIPT\n");
    stomp_encode_header(b, version, "receipt-id", receipt_id);
    end_head(b, 0);
    end_frame(b, NULL, 0);
}

void stomp_encode_error(struct buf *b, enum stomp_version version, const struct stomp_error_frame *e)
{
    const char *body = e->body ? e->body : e->message;
    size_t body_len = strlen(body);

    buf_add_str(b, "ERROR\n");
    stomp_encode_header(b, version, "message", e->message);
    stomp_encode_header(b, version, "receipt-id", e->receipt_id);
    add_pairs(b, version, e->extra, e->extra_count);
    stomp_encode_header(b, version, "content-type", "text/plain");
    end_head(b, body_len);
    end_frame(b, body, body_len);
}

void stomp_encode_message_head(struct buf *b, enum stomp_version version, const struct stomp_message *m, size_t body_len)
{
    buf_add_str(b, "MESSAGE\n");
    stomp_encode_header(b, version, "destination", m->destination);
    stomp_encode_header(b, version, "subscription", m->subscription);
    stomp_encode_header(b, version, "message-id", m->message_id);
    stomp_encode_header(b, version, "content-type", m->content_type);
    add_pairs(b, version, m->extra, m->extra_count);
    end_head(b, body_len);
}

void stomp_encode_message(struct buf *b, enum stomp_version version, const struct stomp_message *m, const void *body,
                          size_t body_len)
{
    stomp_encode_message_head(b, version, m, body_len);
    end_frame(b, body, body_len);
}
