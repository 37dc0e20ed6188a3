/* The WebSocket codec: RFC 6455 5 and 7, bytes in and events out. */
#include "t/unit/pieces.h"

#include <stdio.h>

#include "pushd/ws_frame.h"

/* ---- a client that can also do wrong ---- */

static const unsigned char default_mask[4] = {0x37, 0xfa, 0x21, 0x3d};

/* A masked frame with `first` as its first byte and the length in `length_size` (0, 2, 8) bytes. */
static void add_frame_as(struct buf *b, unsigned first, int length_size, const unsigned char mask[4], const void *payload,
                         size_t n)
{
    const unsigned char *p = payload;

    buf_add_char(b, (char)first);
    buf_add_char(b, (char)(0x80 | (length_size == 0 ? n : length_size == 2 ? 126U : 127U)));
    for (int i = length_size - 1; i >= 0; i--)
        buf_add_char(b, (char)((uint64_t)n >> 8 * i));
    buf_add(b, mask, 4);
    for (size_t i = 0; i < n; i++)
        buf_add_char(b, (char)(p[i] ^ mask[i & 3]));
}

static void add_frame(struct buf *b, unsigned first, const void *payload, size_t n)
{
    add_frame_as(b, first, n < 126 ? 0 : n < 65536 ? 2 : 8, default_mask, payload, n);
}

static void add_text_frame(struct buf *b, unsigned first, const char *text)
{
    add_frame(b, first, text, strlen(text));
}

/* ---- the decoder, as a transcript ---- */

static void *begin(void *options)
{
    struct ws *w = calloc(1, sizeof *w);

    (void)options;
    assert_non_null(w);
    return w;
}

static const struct ws_limits *limits_now;

static void say_event(struct buf *said, enum ws_result result, const struct ws_event *e)
{
    static const char *const names[] = {"", "", "ping", "pong", "close", "bad"};

    if (result == WS_MESSAGE)
        buf_add_str(said, e->is_text ? "text" : "binary");
    else
        buf_add_str(said, names[result]);
    if (result == WS_CLOSE || result == WS_BAD)
        buf_printf(said, " %u", e->code);
    if (result == WS_BAD)
        buf_printf(said, " %s", e->why);
    else {
        buf_add_char(said, ' ');
        pieces_show(said, e->data, e->len);
    }
    buf_add_char(said, '\n');
}

static void take(void *state, char *bytes, size_t n, struct buf *said)
{
    struct ws *w = state;
    struct ws_event e;
    enum ws_result result;
    size_t used;

    while ((result = ws_feed(w, limits_now, bytes, n, &used, &e)) != WS_MORE) {
        assert_true(used <= n);
        say_event(said, result, &e);
        bytes += used;
        n -= used;
    }
    assert_int_equal(used, n);
    if (!ws_is_unfinished(w))
        assert_null(w->gather.p); /* an idle connection holds no memory */
}

static void end(void *state)
{
    ws_free(state);
    free(state);
}

static const struct pieces_parser decoder = {begin, take, end, NULL};
static const struct ws_limits usual = {.message_max = 65536, .fragments_max = 64};

static void expect_with(const struct ws_limits *limits, struct buf *input, const char *expected)
{
    limits_now = limits;
    assert_false(buf_failed(input));
    pieces_expect(&decoder, input->p, input->len, expected);
    buf_free(input);
}

static void expect(struct buf *input, const char *expected)
{
    expect_with(&usual, input, expected);
}

#define EXPECT_BYTES(bytes, expected) \
    do { \
        struct buf b_ = BUF_INIT; \
        buf_add(&b_, bytes, sizeof(bytes) - 1); \
        expect(&b_, expected); \
    } while (0)

/* ---- tests ---- */

static void test_messages(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    EXPECT_BYTES("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "text Hello\n"); /* RFC 6455 5.7 */
    add_text_frame(&b, 0x81, "안녕하세요 🏳️‍🌈 👨‍👩‍👧");
    add_text_frame(&b, 0x81, "");
    add_frame(&b, 0x82, "\x00\xff\xfe", 3);
    expect(&b, "text 안녕하세요 🏳️‍🌈 👨‍👩‍👧\ntext \nbinary \\00\xff\xfe\n");
}

static void test_fragments_and_controls_between(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    add_frame(&b, 0x01, "\xec\x95", 2); /* U+C548 cut inside */
    add_text_frame(&b, 0x89, "are you there");
    add_frame(&b, 0x00, "\x88", 1);
    add_text_frame(&b, 0x8a, "");
    add_text_frame(&b, 0x00, "");
    add_text_frame(&b, 0x80, "녕");
    add_text_frame(&b, 0x81, "next");
    expect(&b, "ping are you there\npong \ntext 안녕\ntext next\n");
    add_text_frame(&b, 0x02, "");
    add_text_frame(&b, 0x89, "a");
    add_text_frame(&b, 0x80, "");
    expect(&b, "ping a\nbinary \n");
}

static void test_lengths(void **state)
{
    static const size_t sizes[] = {1, 125, 126, 127, 65535, 65536};
    static char payload[65537];

    (void)state;
    memset(payload, 'x', sizeof payload);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct buf b = BUF_INIT, expected = BUF_INIT;

        add_frame(&b, 0x81, payload, sizes[i]);
        buf_add_str(&expected, "text ");
        pieces_show(&expected, payload, sizes[i]);
        buf_add_str(&expected, "\n");
        expect(&b, buf_str(&expected));
        buf_free(&expected);
    }
}

static void test_masks_at_all_alignments(void **state)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEF";
    char room[64];

    (void)state;
    for (unsigned shift = 0; shift < 8; shift++)
        for (unsigned at = 0; at < 4; at++)
            for (size_t n = 0; n < sizeof letters; n++) {
                for (size_t i = 0; i < n; i++)
                    room[shift + i] = (char)((unsigned char)letters[i] ^ default_mask[(at + i) & 3]);
                assert_int_equal(ws_unmask(room + shift, n, default_mask, at), (at + n) & 3);
                assert_memory_equal(room + shift, letters, n);
            }
}

static void test_protocol_faults(void **state)
{
    static const unsigned bad_opcodes[] = {0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf};
    static const unsigned reserved[] = {0xc1, 0xa1, 0x91, 0xf1, 0xc9};
    struct buf b = BUF_INIT;

    (void)state;
    EXPECT_BYTES("\x81\x05Hello", "bad 1002 frame is not masked\n");
    EXPECT_BYTES("\x89\x00", "bad 1002 frame is not masked\n");
    for (size_t i = 0; i < sizeof bad_opcodes / sizeof bad_opcodes[0]; i++) {
        add_text_frame(&b, 0x80 | bad_opcodes[i], "x");
        expect(&b, "bad 1002 unknown opcode\n");
    }
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        add_text_frame(&b, reserved[i], "x");
        expect(&b, "bad 1002 reserved bit set without an extension\n");
    }
    add_text_frame(&b, 0x09, "x");
    expect(&b, "bad 1002 fragmented control frame\n");
    EXPECT_BYTES("\x89\xfe\x00\x7e", "bad 1002 control frame is too long\n");
    EXPECT_BYTES("\x88\xff", "bad 1002 control frame is too long\n");
    add_text_frame(&b, 0x80, "x");
    expect(&b, "bad 1002 continuation without a message\n");
    add_text_frame(&b, 0x01, "x");
    add_text_frame(&b, 0x81, "y");
    expect(&b, "bad 1002 new message inside a fragmented one\n");
    add_text_frame(&b, 0x81, "x");
    add_text_frame(&b, 0x00, "y");
    expect(&b, "text x\nbad 1002 continuation without a message\n");
}

static void test_bad_lengths(void **state)
{
    static const char letters[125];
    struct buf b = BUF_INIT;

    (void)state;
    EXPECT_BYTES("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00", "bad 1002 bad 64-bit length\n");
    EXPECT_BYTES("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", "bad 1009 message is too big\n");
    EXPECT_BYTES("\x81\xff\x00\x00\x00\x00\x00\x01\x00\x01", "bad 1009 message is too big\n");
    add_frame_as(&b, 0x81, 2, default_mask, "short", 5);
    expect(&b, "bad 1002 length is not in its shortest form\n");
    add_frame_as(&b, 0x81, 2, default_mask, letters, 125);
    expect(&b, "bad 1002 length is not in its shortest form\n");
    add_frame_as(&b, 0x81, 8, default_mask, "short", 5);
    expect(&b, "bad 1002 bad 64-bit length\n");
    EXPECT_BYTES("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff", "bad 1002 bad 64-bit length\n");
}

static void test_limits(void **state)
{
    const struct ws_limits small = {.message_max = 10, .fragments_max = 3};
    const struct ws_limits open = {.message_max = 200, .fragments_max = 0};
    struct buf b = BUF_INIT, expected = BUF_INIT;

    (void)state;
    add_text_frame(&b, 0x81, "0123456789");
    add_text_frame(&b, 0x81, "0123456789x");
    expect_with(&small, &b, "text 0123456789\nbad 1009 message is too big\n");
    add_text_frame(&b, 0x01, "01234");
    add_text_frame(&b, 0x00, "56789");
    add_text_frame(&b, 0x00, "x");
    expect_with(&small, &b, "bad 1009 message is too big\n");
    for (int i = 0; i < 4; i++)
        add_text_frame(&b, i == 0 ? 0x01 : 0x00, "");
    expect_with(&small, &b, "bad 1008 too many fragments\n");
    for (int i = 0; i < 65; i++)
        add_text_frame(&b, i == 0 ? 0x01 : i == 64 ? 0x80 : 0x00, "x");
    expect(&b, "bad 1008 too many fragments\n");
    buf_add_str(&expected, "text ");
    for (int i = 0; i < 64; i++) {
        add_text_frame(&b, i == 0 ? 0x01 : i == 63 ? 0x80 : 0x00, "x");
        buf_add_str(&expected, "x");
    }
    buf_add_str(&expected, "\n");
    expect(&b, buf_str(&expected));
    for (int i = 0; i < 150; i++)
        add_text_frame(&b, i == 0 ? 0x01 : i == 149 ? 0x80 : 0x00, i < 64 ? "x" : "");
    expect_with(&open, &b, buf_str(&expected));
    buf_free(&expected);
}

static void test_bad_utf8(void **state)
{
    static const char *const bad[] = {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\xff", "\xf8\x88\x80\x80\x80"};
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        add_text_frame(&b, 0x81, bad[i]);
        expect(&b, "bad 1007 text is not UTF-8\n");
    }
    add_text_frame(&b, 0x81, "cut \xec\x95");
    expect(&b, "bad 1007 text is not UTF-8\n");
    add_frame(&b, 0x01, "\xec\x95", 2); /* said at the second fragment, though the message goes on */
    add_text_frame(&b, 0x00, "x");
    expect(&b, "bad 1007 text is not UTF-8\n");
    add_frame(&b, 0x01, "\xec", 1);
    add_text_frame(&b, 0x80, "");
    expect(&b, "bad 1007 text is not UTF-8\n");
    add_text_frame(&b, 0x82, "\xff\xfe");
    expect(&b, "binary \xff\xfe\n");
}

static void add_close(struct buf *b, unsigned code, const char *reason)
{
    char payload[130];

    payload[0] = (char)(code >> 8);
    payload[1] = (char)(code & 0xff);
    memcpy(payload + 2, reason, strlen(reason));
    add_frame(b, 0x88, payload, 2 + strlen(reason));
}

static void test_close(void **state)
{
    static const unsigned good[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 3000, 3999, 4000, 4999};
    static const unsigned bad[] = {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535};
    struct buf b = BUF_INIT;
    char expected[64];

    (void)state;
    add_text_frame(&b, 0x88, "");
    expect(&b, "close 1005 \n");
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        add_close(&b, good[i], "안녕");
        add_text_frame(&b, 0x81, "data after the close is swallowed");
        snprintf(expected, sizeof expected, "close %u 안녕\n", good[i]);
        expect(&b, expected);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        add_close(&b, bad[i], "");
        expect(&b, "bad 1002 close code may not be sent\n");
    }
    add_frame(&b, 0x88, "\x03", 1);
    expect(&b, "bad 1002 half a close code\n");
    add_close(&b, 1000, "\xc0\xaf");
    expect(&b, "bad 1002 close reason is not UTF-8\n");
    add_text_frame(&b, 0x01, "a message left open");
    add_close(&b, 1001, "bye");
    expect(&b, "close 1001 bye\n");
}

static void test_unfinished(void **state)
{
    struct buf b = BUF_INIT;
    struct ws w = {0};
    struct ws_event e;
    size_t used;

    (void)state;
    assert_true(sizeof w < 100);
    assert_false(ws_is_unfinished(&w));
    add_text_frame(&b, 0x01, "abc");
    for (size_t i = 0; i < b.len; i++) {
        assert_int_equal(ws_feed(&w, &usual, b.p + i, 1, &used, &e), WS_MORE);
        assert_true(ws_is_unfinished(&w));
    }
    ws_free(&w);
    assert_false(ws_is_unfinished(&w));
    buf_free(&b);
}

/* A message that lies whole in the input is shown there. */
static void test_no_copy(void **state)
{
    struct buf b = BUF_INIT;
    struct ws w = {0};
    struct ws_event e;
    size_t used;

    (void)state;
    add_text_frame(&b, 0x81, "abc");
    assert_int_equal(ws_feed(&w, &usual, b.p, b.len, &used, &e), WS_MESSAGE);
    assert_ptr_equal(e.data, b.p + 6);
    assert_null(w.gather.p);
    buf_free(&b);
}

static void test_encode(void **state)
{
    unsigned char head[WS_HEAD_MAX], frame[WS_CONTROL_MAX];
    char reason[200];

    (void)state;
    assert_int_equal(ws_encode_head(WS_OP_TEXT, true, 125, head), 2);
    assert_memory_equal(head, "\x81\x7d", 2);
    assert_int_equal(ws_encode_head(WS_OP_BINARY, false, 126, head), 4);
    assert_memory_equal(head, "\x02\x7e\x00\x7e", 4);
    assert_int_equal(ws_encode_head(WS_OP_TEXT, true, 65535, head), 4);
    assert_memory_equal(head, "\x81\x7e\xff\xff", 4);
    assert_int_equal(ws_encode_head(WS_OP_TEXT, true, 65536, head), 10);
    assert_memory_equal(head, "\x81\x7f\0\0\0\0\0\x01\0\0", 10);
    assert_int_equal(ws_encode_control(WS_OP_PING, "hi", 2, frame), 4);
    assert_memory_equal(frame, "\x89\x02hi", 4);
    assert_int_equal(ws_encode_close(1000, NULL, frame), 4);
    assert_memory_equal(frame, "\x88\x02\x03\xe8", 4);
    assert_int_equal(ws_encode_close(WS_CLOSE_NO_CODE, "x", frame), 2);
    assert_memory_equal(frame, "\x88\x00", 2);
    for (size_t i = 0; i < 198; i += 3)
        memcpy(reason + i, "안", 3);
    memmove(reason + 1, reason, 198);
    reason[0] = 'x';
    reason[199] = '\0';
    assert_int_equal(ws_encode_close(1009, reason, frame), 4 + 1 + 40 * 3); /* never inside a character */
    assert_int_equal(frame[1], 2 + 1 + 40 * 3);
}

/* Feeds bytes[0..feed) until it fails or is used up, skips the rest byte by byte; true when the close is seen with the last byte and not before. */
static bool is_skipped_to_its_end(const struct buf *bytes, size_t feed)
{
    struct ws *w = begin(NULL);
    struct ws_event e;
    char *copy = malloc(bytes->len);
    size_t used, at = 0;
    bool is_good = true;

    assert_non_null(copy);
    memcpy(copy, bytes->p, bytes->len);
    while (at < feed && ws_feed(w, limits_now, copy + at, feed - at, &used, &e) != WS_BAD)
        at += used;
    at += at < feed ? used : 0;
    for (; at < bytes->len; at++)
        is_good = is_good && ws_skip(w, copy + at, 1) == (at + 1 == bytes->len);
    is_good = is_good && w->has_closed && !w->gather.p;
    ws_free(w);
    free(w);
    free(copy);
    return is_good;
}

static void test_skip(void **state)
{
    static const struct ws_limits limits = {.message_max = 65536, .fragments_max = 64};
    static const struct {
        const char *says, *bytes;
        size_t n;
    } wrong[] = {
        {"nothing wrong", "", 0},
        {"a reserved bit", "\xc1\x82\x01\x02\x03\x04" "ab", 8},
        {"no mask", "\x81\x02" "ab", 4},
        {"no mask, a longer length", "\x81\x7e\x00\x80" "abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrs", 132},
        {"no such opcode", "\x83\x81\x01\x02\x03\x04" "a", 7},
        {"no UTF-8", "\x81\x83\x00\x00\x00\x00\xff" "ab", 9},
        {"a continuation of nothing", "\x80\x80\x01\x02\x03\x04", 6},
        {"a ping in fragments", "\x09\x80\x01\x02\x03\x04", 6},
    };

    (void)state;
    limits_now = &limits;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct buf bytes = BUF_INIT;
        char long_text[70000];

        memset(long_text, 'x', sizeof long_text);
        add_text_frame(&bytes, 0x81, "hello");
        add_text_frame(&bytes, 0x89, "ping");
        add_text_frame(&bytes, 0x01, "begun, ");
        add_text_frame(&bytes, 0x80, "and ended");
        buf_add(&bytes, wrong[i].bytes, wrong[i].n);
        add_frame(&bytes, 0x82, long_text, i == 0 ? 300 : 126);
        if (i == 1)
            add_frame(&bytes, 0x82, long_text, sizeof long_text);
        add_text_frame(&bytes, 0x88, "\x03\xe8");
        for (size_t feed = 0; feed < bytes.len && feed < 400; feed++)
            if (!is_skipped_to_its_end(&bytes, feed))
                fail_msg("%s, cut at %zu", wrong[i].says, feed);
        buf_free(&bytes);
    }
}

/* A close frame that is wrong is a close frame, too: nothing comes behind it. */
static void test_wrong_close_has_closed(void **state)
{
    static const struct ws_limits limits = {.message_max = 65536, .fragments_max = 64};
    struct buf bytes = BUF_INIT;
    struct ws w = {0};
    struct ws_event e;
    size_t used;

    (void)state;
    add_text_frame(&bytes, 0x88, "\x03");
    assert_int_equal(ws_feed(&w, &limits, bytes.p, bytes.len, &used, &e), WS_BAD);
    assert_int_equal(e.code, WS_CLOSE_PROTOCOL);
    assert_true(w.has_closed);
    assert_true(ws_skip(&w, "more", 4));
    ws_free(&w);
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_fragments_and_controls_between),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_masks_at_all_alignments),
        cmocka_unit_test(test_protocol_faults),
        cmocka_unit_test(test_bad_lengths),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_bad_utf8),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_unfinished),
        cmocka_unit_test(test_no_copy),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_wrong_close_has_closed),
        cmocka_unit_test(test_encode),
    };

    return unit_run(tests);
}
