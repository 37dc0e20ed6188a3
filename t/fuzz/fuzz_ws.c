/* libFuzzer: the WebSocket decoder. The input's first two bytes choose the limits and the cuts, the rest is what a client
 * sends. It must say the same whole as cut, and each event must keep the limits. */
#include "t/fuzz/fuzz.h"

#include "lib/base/buf.h"
#include "pushd/ws_frame.h"

static void note(struct buf *said, const struct ws_limits *limits, enum ws_result result, const struct ws_event *e)
{
    unsigned char frame[WS_CONTROL_MAX];

    buf_printf(said, "%d %d %u %zu:", (int)result, (int)e->is_text, e->code, e->len);
    if (e->len)
        buf_add(said, e->data, e->len);
    switch (result) {
    case WS_MESSAGE:
        require(e->len <= limits->message_max);
        require(!e->is_text || utf8_is_valid(e->data, e->len));
        break;
    case WS_PING:
    case WS_PONG:
        require(e->len <= 125 && ws_encode_control(WS_OP_PONG, e->data, e->len, frame) == e->len + 2);
        break;
    case WS_CLOSE:
        require(e->len <= 123 && utf8_is_valid(e->data, e->len));
        require(e->code == WS_CLOSE_NO_CODE || ws_close_code_is_valid(e->code));
        break;
    case WS_BAD:
        require(ws_encode_close(e->code, e->why, frame) <= WS_CONTROL_MAX && ws_close_code_is_valid(e->code));
        break;
    case WS_MORE:
        break;
    }
}

/* Each piece is a block of its own, so that the sanitizer sees a read too far or too late. step 0: all in one. */
static void run(const struct ws_limits *limits, const uint8_t *data, size_t size, unsigned step, struct buf *said)
{
    struct ws w = {0};

    while (size > 0) {
        size_t n = step == 0 || step > size ? size : step, used, at = 0;
        char *piece = fuzz_copy(data, n, false);
        struct ws_event e;
        enum ws_result result;

        while ((result = ws_feed(&w, limits, piece + at, n - at, &used, &e)) != WS_MORE) {
            require(used <= n - at);
            at += used;
            note(said, limits, result, &e);
        }
        require(at + used == n);
        require(ws_is_unfinished(&w) || w.gather.p == NULL);
        require(w.gather.len <= limits->message_max + 125);
        free(piece);
        data += n;
        size -= n;
    }
    ws_free(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ws_limits choices[] = {{65536, 64}, {16, 3}, {1000, 0}, {0, 1}};
    struct buf whole = BUF_INIT, cut = BUF_INIT;
    const struct ws_limits *limits;

    if (size < 2)
        return 0;
    limits = &choices[data[0] % 4];
    run(limits, data + 2, size - 2, 0, &whole);
    run(limits, data + 2, size - 2, 1U + data[1] % 16, &cut);
    require(whole.len == cut.len && (whole.len == 0 || memcmp(whole.p, cut.p, whole.len) == 0));
    buf_free(&whole);
    buf_free(&cut);
    return 0;
}
