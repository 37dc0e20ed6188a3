/* libFuzzer: the STOMP parser and encoder. The input's first two bytes choose version, limits and cuts, the rest is what a
 * client sends. It must say the same whole as cut, and what it read must come back from the encoder as one frame. */
#include "t/fuzz/fuzz.h"

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "pushd/stomp_frame.h"

/* The headers as a frame to a client of 1.2, read back: the same headers, none more. */
static void check_round_trip(const struct stomp_frame *frame, enum stomp_version version)
{
    static const struct stomp_limits roomy = {STOMP_HEADERS_MAX, 1 << 20, 1 << 24};
    struct stomp_parser p = {.version = (uint8_t)version};
    struct stomp_frame again;
    struct buf b = BUF_INIT;
    size_t used;

    buf_add_str(&b, "SEND\n");
    for (size_t i = 0; i < frame->header_count; i++)
        if (strcmp(frame->headers[i].name, "content-length") != 0)
            stomp_encode_header(&b, version, frame->headers[i].name, frame->headers[i].value);
    buf_add_str(&b, "end:1\n\n");
    buf_add(&b, frame->body, strlen(frame->body) + 1);
    if (frame->header_count < STOMP_HEADERS_MAX) {
        enum stomp_result result = stomp_feed(&p, &roomy, b.p, b.len, &used, &again);
        size_t k = 0;

        require(version < STOMP_1_2 || result == STOMP_FRAME);
        if (result == STOMP_FRAME) {
            require(used == b.len && strcmp(again.headers[again.header_count - 1].name, "end") == 0);
            for (size_t i = 0; i < frame->header_count; i++) {
                if (strcmp(frame->headers[i].name, "content-length") == 0)
                    continue;
                if (version == STOMP_1_2) {
                    require(strcmp(frame->headers[i].name, again.headers[k].name) == 0);
                    require(strcmp(frame->headers[i].value, again.headers[k].value) == 0);
                }
                k++;
            }
            require(again.header_count == k + 1);
        }
    }
    stomp_free(&p);
    buf_free(&b);
}

static void note_frame(struct buf *said, const struct stomp_frame *frame)
{
    uint32_t cx, cy;

    buf_printf(said, "%s:", stomp_command_name(frame->command));
    require(frame->header_count <= STOMP_HEADERS_MAX && frame->body[frame->body_len] == '\0');
    for (size_t i = 0; i < frame->header_count; i++) {
        require(utf8_is_valid(frame->headers[i].name, strlen(frame->headers[i].name)));
        require(utf8_is_valid(frame->headers[i].value, strlen(frame->headers[i].value)));
        buf_printf(said, "%zu,%zu ", strlen(frame->headers[i].name), strlen(frame->headers[i].value));
        buf_add_str(said, frame->headers[i].name);
        buf_add_str(said, frame->headers[i].value);
    }
    buf_printf(said, "body %zu:", frame->body_len);
    if (frame->body_len)
        buf_add(said, frame->body, frame->body_len);
    stomp_negotiate(stomp_header(frame, "accept-version"));
    stomp_heartbeat_parse(stomp_header(frame, "heart-beat"), &cx, &cy);
    for (enum stomp_version v = STOMP_NO_VERSION; v <= STOMP_1_2; v++)
        check_round_trip(frame, v);
}

/* Each piece is a block of its own, so that the sanitizer sees a read too far or too late. step 0: all in one. */
static void run(const struct stomp_limits *limits, enum stomp_version version, const uint8_t *data, size_t size, unsigned step,
                struct buf *said)
{
    struct stomp_parser p = {.version = (uint8_t)version};
    enum stomp_result result = STOMP_MORE;

    while (size > 0 && result != STOMP_BAD) {
        size_t n = step == 0 || step > size ? size : step, used, at = 0;
        char *piece = fuzz_copy(data, n, false);
        struct stomp_frame frame;

        while ((result = stomp_feed(&p, limits, piece + at, n - at, &used, &frame)) != STOMP_MORE && result != STOMP_BAD) {
            require(used <= n - at);
            at += used;
            if (result == STOMP_FRAME)
                note_frame(said, &frame);
        }
        require(result == STOMP_BAD || at + used == n);
        require(stomp_is_unfinished(&p) || p.gather.p == NULL);
        require(p.gather.len < limits->frame_max);
        free(piece);
        data += n;
        size -= n;
    }
    buf_printf(said, "error %u", (unsigned)p.error);
    stomp_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct stomp_limits choices[] = {STOMP_LIMITS_DEFAULT, {3, 40, 200}};
    struct buf whole = BUF_INIT, cut = BUF_INIT;
    const struct stomp_limits *limits;
    enum stomp_version version;

    if (size < 2)
        return 0;
    limits = &choices[data[0] / 4 % 2];
    version = (enum stomp_version)(data[0] % 4);
    run(limits, version, data + 2, size - 2, 0, &whole);
    run(limits, version, data + 2, size - 2, 1U + data[1] % 16, &cut);
    require(whole.len == cut.len && memcmp(whole.p, cut.p, whole.len) == 0);
    buf_free(&whole);
    buf_free(&cut);
    return 0;
}
