/* libFuzzer: SockJS's framing. The input is what a client sends, a path and what a server says, all at once: what was read must come back from the encoder
 * as one frame, our JSON reader must read the same of both, and a path that is taken apart must be made of its parts. */
#include "lib/base/json.h"
#include "lib/base/utf8.h"
#include "pushd/sockjs_frame.h"
#include "t/fuzz/fuzz.h"

/* The strings of an array, or one string, joined, as our other reader reads them. False when it has limits that SockJS has not: no NUL, not so many values. */
static bool json_join(const char *text, size_t n, struct buf *out)
{
    const char *why;
    struct json_object *o = json_read(text, n, &why);

    if (!o) {
        require(strncmp(why, "not JSON", 8) != 0 && why != json_why_surrogate);
        return false;
    }
    if (json_object_is_type(o, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(o); i++) {
            struct json_object *one = json_object_array_get_idx(o, i);
            require(json_object_is_type(one, json_type_string));
            buf_add(out, json_object_get_string(one), (size_t)json_object_get_string_len(one));
        }
    } else {
        require(json_object_is_type(o, json_type_string));
        buf_add(out, json_object_get_string(o), (size_t)json_object_get_string_len(o));
    }
    json_object_put(o);
    return true;
}

static void require_same(const struct buf *a, const char *p, size_t n)
{
    require(a->len == n && (n == 0 || memcmp(a->p, p, n) == 0));
}

/* What some transports lose must not stand in a frame. */
static void require_escaped(const struct buf *frame)
{
    require(utf8_is_valid(frame->p, frame->len));
    for (size_t at = 0, len; at < frame->len; at += len) {
        uint32_t cp = utf8_decode(frame->p + at, frame->len - at, &len);
        require(cp >= 0x20 && !(cp >= 0x200c && cp <= 0x200f) && !(cp >= 0x2028 && cp <= 0x202f) && !(cp >= 0x2060 && cp <= 0x206f));
        require(!(cp >= 0xfff0 && cp <= 0xffff));
    }
}

/* text, valid UTF-8, as one frame cut in two at a character: decodes to itself. */
static void check_encode(const char *text, size_t n, size_t cut)
{
    struct buf frame = BUF_INIT, back = BUF_INIT, other = BUF_INIT;

    while (cut < n && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut++;
    sockjs_encode_message(&frame, text, cut, text + cut, n - cut);
    require(frame.len >= 5 && frame.p[0] == 'a');
    require_escaped(&frame);
    require(sockjs_decode(frame.p + 1, frame.len - 1, &back));
    require_same(&back, text, n);
    if (json_join(frame.p + 1, frame.len - 1, &other))
        require_same(&other, text, n);
    buf_free(&frame);
    buf_free(&back);
    buf_free(&other);
}

static void check_close(unsigned code, const char *reason)
{
    struct buf frame = BUF_INIT;
    struct json_object *o;

    sockjs_encode_close(&frame, code, reason);
    require(frame.p[0] == 'c');
    require_escaped(&frame);
    o = json_tokener_parse(buf_str(&frame) + 1);
    require(json_object_array_length(o) == 2 && json_object_get_int(json_object_array_get_idx(o, 0)) == (int)code);
    require(strcmp(json_object_get_string(json_object_array_get_idx(o, 1)), reason) == 0);
    json_object_put(o);
    buf_free(&frame);
}

static void check_decode(const char *text, size_t n, size_t cut)
{
    struct buf out = BUF_INIT, other = BUF_INIT;

    if (sockjs_decode(text, n, &out)) {
        require(out.len <= n && utf8_is_valid(out.p ? out.p : "", out.len));
        if (strspn(text, " \t\r\n") == n)
            require(out.len == 0);
        else if (json_join(text, n, &other))
            require_same(&out, other.p, other.len);
        check_encode(out.p ? out.p : "", out.len, cut % (out.len + 1));
    }
    buf_free(&out);
    buf_free(&other);
}

static void check_path(const char *path)
{
    const char *session, *transport;
    size_t n;

    if (!sockjs_parse_path(path, &session, &n, &transport))
        return;
    require(session > path + 1 && session[-1] == '/' && n > 0 && session[n] == '/' && transport == session + n + 1);
    require(!memchr(session, '/', n) && !memchr(path, '.', (size_t)(transport - path)) && !strchr(transport, '/'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;
    size_t n;

    if (size < 2)
        return 0;
    n = size - 2;
    text = fuzz_copy(data + 2, n, true);
    check_path(text);
    if (utf8_is_valid(text, n)) {
        check_decode(text, n, data[1]);
        check_encode(text, n, n ? data[1] % n : 0);
        if (!memchr(text, '\0', n))
            check_close(1000U + data[0] * 256U + data[1], text);
    }
    free(text);
    return 0;
}
