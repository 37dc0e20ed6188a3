#include "pushd/ws_frame.h"

#include <string.h>

#define BIT_FINAL 0x80
#define BITS_RESERVED 0x70
#define BITS_OPCODE 0x0f
#define BIT_MASKED 0x80
#define BITS_LENGTH 0x7f
#define MASK_SIZE 4
#define CONTROL_PAYLOAD_MAX 125

/* Every idle connection holds one. */
_Static_assert(sizeof(struct ws) <= 88, "struct ws must stay small");

static bool is_control(unsigned opcode)
{
    return opcode >= WS_OP_CLOSE;
}

static unsigned frame_opcode(const struct ws *w)
{
    return w->head[0] & BITS_OPCODE;
}

static enum ws_result fail(struct ws *w, uint16_t code, const char *why, struct ws_event *e)
{
    w->is_done = true;
    buf_free(&w->gather);
    *e = (struct ws_event){.code = code, .why = why};
    return WS_BAD;
}

/* Lets go of the bytes that the last event showed; a message begun around a control frame stays. */
static void release_event(struct ws *w)
{
    if (!w->is_given && !w->is_done)
        return;
    w->is_given = false;
    if (w->is_done || w->message_opcode == 0 || w->gather.len == w->control_len)
        buf_free(&w->gather);
    else {
        w->gather.len -= w->control_len;
        w->gather.p[w->gather.len] = '\0';
    }
    w->control_len = 0;
}

/* RFC 6455 5.2 and 5.4: what the first byte may be, here and now. */
static const char *first_byte_fault(const struct ws *w)
{
    unsigned opcode = frame_opcode(w);

    if (w->head[0] & BITS_RESERVED)
        return "reserved bit set without an extension";
    switch (opcode) {
    case WS_OP_CLOSE:
    case WS_OP_PING:
    case WS_OP_PONG:
        return w->head[0] & BIT_FINAL ? NULL : "fragmented control frame";
    case WS_OP_CONTINUATION:
        return w->message_opcode ? NULL : "continuation without a message";
    case WS_OP_TEXT:
    case WS_OP_BINARY:
        return w->message_opcode ? "new message inside a fragmented one" : NULL;
    default:
        return "unknown opcode";
    }
}

static const char *second_byte_fault(const struct ws *w)
{
    if (!(w->head[1] & BIT_MASKED))
        return "frame is not masked";
    if (is_control(frame_opcode(w)) && (w->head[1] & BITS_LENGTH) > CONTROL_PAYLOAD_MAX)
        return "control frame is too long";
    return NULL;
}

static uint8_t head_size(unsigned second_byte)
{
    unsigned length = second_byte & BITS_LENGTH;

    return (uint8_t)(2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + MASK_SIZE);
}

static uint64_t payload_length(const struct ws *w)
{
    uint64_t length = w->head[1] & BITS_LENGTH;
    unsigned size = w->head_need - 2U - MASK_SIZE;

    if (size == 0)
        return length;
    length = 0;
    for (unsigned i = 0; i < size; i++)
        length = length << 8 | w->head[2 + i];
    return length;
}

/* The length is known, the mask not yet: all limits are tried here, before a byte of payload is taken. */
static enum ws_result check_length(struct ws *w, const struct ws_limits *limits, struct ws_event *e)
{
    uint64_t length = payload_length(w);
    uint32_t earlier = w->message_opcode ? w->fragments : 0;

    if (w->head_need == 2 + 8 + MASK_SIZE && (length >> 63 || length < 65536))
        return fail(w, WS_CLOSE_PROTOCOL, "bad 64-bit length", e);
    if (w->head_need == 2 + 2 + MASK_SIZE && length < 126)
        return fail(w, WS_CLOSE_PROTOCOL, "length is not in its shortest form", e);
    w->frame_left = length;
    if (is_control(frame_opcode(w)))
        return WS_MORE;
    if (limits->fragments_max && earlier >= limits->fragments_max)
        return fail(w, WS_CLOSE_POLICY, "too many fragments", e);
    if (length > limits->message_max || w->gather.len > limits->message_max - length)
        return fail(w, WS_CLOSE_TOO_BIG, "message is too big", e);
    return WS_MORE;
}

static void start_payload(struct ws *w)
{
    unsigned opcode = frame_opcode(w);

    w->in_payload = true;
    w->mask_at = 0;
    if (is_control(opcode))
        return;
    if (opcode != WS_OP_CONTINUATION) {
        w->message_opcode = (uint8_t)opcode;
        w->fragments = 0;
        w->utf8 = (struct utf8_state){0};
    }
    w->fragments += w->fragments < UINT32_MAX;
}

/* Takes bytes of a head until it is whole or wrong; every fault is said at its own byte, however the input was cut. */
static enum ws_result take_head(struct ws *w, const struct ws_limits *limits, const char *bytes, size_t n, size_t *at,
                                struct ws_event *e)
{
    while (*at < n) {
        const char *fault = NULL;

        w->head[w->head_len++] = (unsigned char)bytes[(*at)++];
        if (w->head_len == 1)
            fault = first_byte_fault(w);
        else if (w->head_len == 2) {
            fault = second_byte_fault(w);
            w->head_need = head_size(w->head[1]);
        }
        if (fault)
            return fail(w, WS_CLOSE_PROTOCOL, fault, e);
        if (w->head_len < 2)
            continue;
        if (w->head_len == w->head_need - MASK_SIZE && check_length(w, limits, e) == WS_BAD)
            return WS_BAD;
        if (w->head_len == w->head_need) {
            start_payload(w);
            break;
        }
    }
    return WS_MORE;
}

static void end_frame(struct ws *w)
{
    w->in_payload = false;
    w->head_len = 0;
    w->head_need = 0;
}

static enum ws_result take_close(struct ws *w, struct ws_event *e)
{
    const unsigned char *p = (const unsigned char *)e->data;
    unsigned code;

    if (e->len == 0) {
        e->code = WS_CLOSE_NO_CODE;
        w->is_done = true;
        return WS_CLOSE;
    }
    if (e->len == 1)
        return fail(w, WS_CLOSE_PROTOCOL, "half a close code", e);
    code = (unsigned)p[0] << 8 | p[1];
    if (!ws_close_code_is_valid(code))
        return fail(w, WS_CLOSE_PROTOCOL, "close code may not be sent", e);
    if (!utf8_is_valid(e->data + 2, e->len - 2))
        return fail(w, WS_CLOSE_PROTOCOL, "close reason is not UTF-8", e);
    e->code = (uint16_t)code;
    e->data += 2;
    e->len -= 2;
    w->is_done = true;
    return WS_CLOSE;
}

static enum ws_result take_control(struct ws *w, char *p, size_t n, struct ws_event *e)
{
    unsigned opcode = frame_opcode(w);

    if (w->frame_left == 0 && w->control_len == 0) {
        e->data = p;
        e->len = n;
    } else {
        if (n)
            buf_add(&w->gather, p, n);
        if (buf_failed(&w->gather))
            return fail(w, WS_CLOSE_SERVER_ERROR, "out of memory", e);
        w->control_len = (uint8_t)(w->control_len + n);
        if (w->frame_left)
            return WS_MORE;
        e->data = w->gather.p + (w->gather.len - w->control_len);
        e->len = w->control_len;
        w->is_given = true;
    }
    end_frame(w);
    if (opcode == WS_OP_CLOSE) {
        w->has_closed = true;
        return take_close(w, e);
    }
    return opcode == WS_OP_PING ? WS_PING : WS_PONG;
}

static enum ws_result take_data(struct ws *w, char *p, size_t n, struct ws_event *e)
{
    bool is_text = w->message_opcode == WS_OP_TEXT, is_last = w->frame_left == 0 && w->head[0] & BIT_FINAL;

    if (is_text && (!utf8_feed(&w->utf8, p, n) || (is_last && !utf8_is_whole(&w->utf8))))
        return fail(w, WS_CLOSE_BAD_UTF8, "text is not UTF-8", e);
    if (is_last && w->gather.len == 0) {
        e->data = p;
        e->len = n;
    } else {
        if (n)
            buf_add(&w->gather, p, n);
        if (buf_failed(&w->gather))
            return fail(w, WS_CLOSE_SERVER_ERROR, "out of memory", e);
        w->is_given = is_last;
    }
    if (w->frame_left == 0)
        end_frame(w);
    if (!is_last)
        return WS_MORE;
    if (w->is_given) {
        e->data = w->gather.p;
        e->len = w->gather.len;
    }
    e->is_text = is_text;
    w->message_opcode = 0;
    return WS_MESSAGE;
}

static enum ws_result take_payload(struct ws *w, char *p, size_t n, struct ws_event *e)
{
    w->mask_at = (uint8_t)ws_unmask(p, n, w->head + w->head_need - MASK_SIZE, w->mask_at);
    w->frame_left -= n;
    return is_control(frame_opcode(w)) ? take_control(w, p, n, e) : take_data(w, p, n, e);
}

enum ws_result ws_feed(struct ws *w, const struct ws_limits *limits, char *bytes, size_t n, size_t *used_r,
                       struct ws_event *event_r)
{
    enum ws_result result = WS_MORE;
    size_t at = 0;

    *event_r = (struct ws_event){0};
    release_event(w);
    if (w->is_done)
        at = n;
    while (at < n && result == WS_MORE) {
        size_t take;

        if (!w->in_payload)
            result = take_head(w, limits, bytes, n, &at, event_r);
        if (result == WS_BAD || !w->in_payload)
            break;
        take = n - at < w->frame_left ? n - at : (size_t)w->frame_left;
        result = take_payload(w, bytes + at, take, event_r);
        at += take;
    }
    *used_r = at;
    return result;
}

/* Goes on to the payload behind a whole head, and to the next head behind a whole payload. Nothing is refused, so that a peer which
 * broke a rule, a missing mask for one, can still say that it closes. */
static void skip_step(struct ws *w)
{
    if (!w->in_payload && w->head_len >= 2) {
        w->head_need = head_size(w->head[1]);
        w->in_payload = w->head_len >= w->head_need - (w->head[1] & BIT_MASKED ? 0 : MASK_SIZE);
        w->frame_left = payload_length(w);
    }
    if (w->in_payload && w->frame_left == 0) {
        w->has_closed = w->has_closed || frame_opcode(w) == WS_OP_CLOSE;
        end_frame(w);
    }
}

bool ws_skip(struct ws *w, const char *bytes, size_t n)
{
    w->is_done = true;
    release_event(w);
    for (;;) {
        size_t take = 1;

        skip_step(w);
        if (n == 0)
            return w->has_closed;
        if (w->in_payload) {
            take = n < w->frame_left ? n : (size_t)w->frame_left;
            w->frame_left -= take;
        } else {
            w->head[w->head_len++] = (unsigned char)*bytes;
        }
        bytes += take;
        n -= take;
    }
}

bool ws_is_unfinished(const struct ws *w)
{
    return !w->is_done && (w->head_len > 0 || w->in_payload || w->message_opcode != 0);
}

void ws_free(struct ws *w)
{
    buf_free(&w->gather);
    *w = (struct ws){0};
}

/* ---- what goes out ---- */

size_t ws_encode_head(enum ws_opcode opcode, bool is_final, uint64_t len, unsigned char head_r[WS_HEAD_MAX])
{
    size_t size = len < 126 ? 0 : len < 65536 ? 2 : 8;

    head_r[0] = (unsigned char)((is_final ? BIT_FINAL : 0) | (unsigned)opcode);
    head_r[1] = (unsigned char)(size == 0 ? len : size == 2 ? 126 : 127);
    for (size_t i = 0; i < size; i++)
        head_r[2 + i] = (unsigned char)(len >> 8 * (size - 1 - i));
    return 2 + size;
}

size_t ws_encode_control(enum ws_opcode opcode, const void *bytes, size_t n, unsigned char frame_r[WS_CONTROL_MAX])
{
    n = n < CONTROL_PAYLOAD_MAX ? n : CONTROL_PAYLOAD_MAX;
    frame_r[0] = (unsigned char)(BIT_FINAL | (unsigned)opcode);
    frame_r[1] = (unsigned char)n;
    if (n)
        memcpy(frame_r + 2, bytes, n);
    return 2 + n;
}

size_t ws_encode_close(uint16_t code, const char *reason, unsigned char frame_r[WS_CONTROL_MAX])
{
    char payload[CONTROL_PAYLOAD_MAX];
    size_t n = reason ? strlen(reason) : 0;

    if (code == 0 || code == WS_CLOSE_NO_CODE)
        return ws_encode_control(WS_OP_CLOSE, NULL, 0, frame_r);
    if (n > sizeof payload - 2) {
        n = sizeof payload - 2;
        while (n > 0 && ((unsigned char)reason[n] & 0xc0) == 0x80)
            n--;
    }
    payload[0] = (char)(code >> 8);
    payload[1] = (char)(code & 0xff);
    if (n)
        memcpy(payload + 2, reason, n);
    return ws_encode_control(WS_OP_CLOSE, payload, 2 + n, frame_r);
}

bool ws_close_code_is_valid(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

unsigned ws_unmask(char *bytes, size_t n, const unsigned char mask[4], unsigned at)
{
    unsigned char turned[8];
    uint64_t key, word;
    size_t i = 0;

    for (unsigned k = 0; k < sizeof turned; k++)
        turned[k] = mask[(at + k) & 3];
    memcpy(&key, turned, sizeof key);
    for (; n - i >= sizeof word; i += sizeof word) {
        memcpy(&word, bytes + i, sizeof word);
        word ^= key;
        memcpy(bytes + i, &word, sizeof word);
    }
    for (; i < n; i++)
        bytes[i] = (char)((unsigned char)bytes[i] ^ turned[i & 7]);
    return (unsigned)((at + n) & 3);
}
