/* The STOMP parser: a stream of bytes in, frames out, in all three versions. */
#include "t/unit/pieces.h"

#include <stdio.h>

#include "pushd/stomp_frame.h"

static const struct stomp_limits usual = STOMP_LIMITS_DEFAULT;
static const struct stomp_limits *limits_now = &usual;

static void *begin(void *options)
{
    struct stomp_parser *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->version = *(const uint8_t *)options;
    return p;
}

static void say_frame(struct buf *said, const struct stomp_frame *frame)
{
    buf_add_str(said, stomp_command_name(frame->command));
    for (size_t i = 0; i < frame->header_count; i++) {
        buf_add_str(said, " [");
        pieces_show(said, frame->headers[i].name, strlen(frame->headers[i].name));
        buf_add_str(said, "]=[");
        pieces_show(said, frame->headers[i].value, strlen(frame->headers[i].value));
        buf_add_str(said, "]");
    }
    buf_add_str(said, " <");
    pieces_show(said, frame->body, frame->body_len);
    buf_add_str(said, ">\n");
    assert_int_equal(frame->body[frame->body_len], 0);
}

static void take(void *state, char *bytes, size_t n, struct buf *said)
{
    struct stomp_parser *p = state;
    struct stomp_frame frame;
    enum stomp_result result;
    size_t used;

    while ((result = stomp_feed(p, limits_now, bytes, n, &used, &frame)) != STOMP_MORE) {
        if (result == STOMP_FRAME)
            say_frame(said, &frame);
        else if (result == STOMP_HEARTBEAT) {
            if (said->len < 2 || strcmp(said->p + said->len - 2, "~\n") != 0)
                buf_add_str(said, "~\n"); /* how many EOLs make one depends on the cuts */
        } else {
            if (!strstr(buf_str(said), "bad: "))
                buf_printf(said, "bad: %s\n", stomp_error_text(p->error));
            assert_false(stomp_is_unfinished(p));
            assert_null(p->gather.p);
            return;
        }
        assert_true(used <= n);
        bytes += used;
        n -= used;
    }
    assert_int_equal(used, n);
    assert_true(stomp_is_unfinished(p) || !p->gather.p); /* an idle connection holds no memory */
}

static void end(void *state)
{
    stomp_free(state);
    free(state);
}

static void expect_bytes(enum stomp_version version, const void *bytes, size_t n, const char *expected)
{
    uint8_t option = (uint8_t)version;
    const struct pieces_parser parser = {begin, take, end, &option};

    pieces_expect(&parser, bytes, n, expected);
}

/* All bytes of a string literal, NULs inside too; the literal's own last NUL is the frame's. */
#define EXPECT(version, literal, expected) expect_bytes(version, literal, sizeof(literal), expected)
/* Without the literal's last NUL. */
#define EXPECT_CUT(version, literal, expected) expect_bytes(version, literal, sizeof(literal) - 1, expected)

static void test_frames(void **state)
{
    (void)state;
    EXPECT(STOMP_NO_VERSION, "CONNECT\naccept-version:1.0,1.1,1.2\nheart-beat:10000,10000\n\n",
           "CONNECT [accept-version]=[1.0,1.1,1.2] [heart-beat]=[10000,10000] <>\n");
    EXPECT(STOMP_NO_VERSION, "STOMP\nhost:x\n\n", "CONNECT [host]=[x] <>\n");
    EXPECT(STOMP_1_2, "SEND\r\ndestination:/app/x\r\n\r\n안녕 👋", "SEND [destination]=[/app/x] <안녕 👋>\n");
    EXPECT(STOMP_1_2, "SEND\ndestination:/a\ncontent-length:5\n\na\0b\0c", "SEND [destination]=[/a] [content-length]=[5] <a\\00b\\00c>\n");
    EXPECT(STOMP_1_2, "SUBSCRIBE\nid:0\ndestination:/topic/chat/1\nack:auto\n\n",
           "SUBSCRIBE [id]=[0] [destination]=[/topic/chat/1] [ack]=[auto] <>\n");
    EXPECT(STOMP_1_1, "UNSUBSCRIBE\nid:0\n\n\0ACK\nid:1\n\n\0NACK\nid:2\n\n\0BEGIN\ntransaction:t\n\n\0"
                      "COMMIT\ntransaction:t\n\n\0ABORT\ntransaction:t\n\n\0DISCONNECT\n\n",
           "UNSUBSCRIBE [id]=[0] <>\nACK [id]=[1] <>\nNACK [id]=[2] <>\nBEGIN [transaction]=[t] <>\n"
           "COMMIT [transaction]=[t] <>\nABORT [transaction]=[t] <>\nDISCONNECT <>\n");
    EXPECT(STOMP_1_2, "SEND\nempty:\ncolons:a:b:c\n\n", "SEND [empty]=[] [colons]=[a:b:c] <>\n");
    EXPECT(STOMP_1_2, "SEND\ncontent-length:0\n\n", "SEND [content-length]=[0] <>\n");
}

static void test_eols(void **state)
{
    (void)state;
    EXPECT_CUT(STOMP_1_2, "\n", "~\n");
    EXPECT_CUT(STOMP_1_2, "\r\n\n\r\n", "~\n");
    EXPECT_CUT(STOMP_1_2, "\nACK\nid:1\n\n\0\n\r\nACK\nid:2\n\n\0\n", "~\nACK [id]=[1] <>\n~\nACK [id]=[2] <>\n~\n");
    EXPECT_CUT(STOMP_1_2, "\r", "");
    EXPECT_CUT(STOMP_1_2, "\rX", "bad: CR without LF\n");
    EXPECT_CUT(STOMP_1_2, "\r\rACK\n", "bad: CR without LF\n");
    EXPECT_CUT(STOMP_1_2, "ACK\nid:a\rb\n\n", "bad: CR without LF\n");
    EXPECT_CUT(STOMP_1_2, "ACK\nid:a\r\r\n\n", "bad: CR without LF\n");
    EXPECT(STOMP_1_2, "ACK\nid:a\n\r\n", "ACK [id]=[a] <>\n");
}

static void test_repeated_headers(void **state)
{
    uint8_t version = STOMP_1_2;
    struct stomp_parser *p = begin(&version);
    char bytes[] = "SEND\ndestination:/first\ndestination:/second\n\n";
    struct stomp_frame frame;
    size_t used;

    (void)state;
    assert_int_equal(stomp_feed(p, &usual, bytes, sizeof bytes, &used, &frame), STOMP_FRAME);
    assert_string_equal(stomp_header(&frame, "destination"), "/first");
    assert_null(stomp_header(&frame, "Destination"));
    assert_null(stomp_header(&frame, "receipt"));
    end(p);
}

static void test_escapes(void **state)
{
    (void)state;
    EXPECT(STOMP_1_2, "ACK\nid\\c1:a\\nb\\cc\\\\d\\re\n\n", "ACK [id:1]=[a\\0ab:c\\d\\0de] <>\n");
    EXPECT(STOMP_1_1, "ACK\nid:a\\nb\\cc\\\\d\n\n", "ACK [id]=[a\\0ab:c\\d] <>\n");
    EXPECT(STOMP_1_2, "ACK\nid:\\\\n\\\\\\n\n\n", "ACK [id]=[\\n\\\\0a] <>\n");
    EXPECT(STOMP_1_1, "ACK\nid:\\r\n\n", "bad: undefined escape in a header\n");
    EXPECT(STOMP_1_2, "ACK\nid:\\t\n\n", "bad: undefined escape in a header\n");
    EXPECT(STOMP_1_2, "ACK\nid:\\\n\n", "bad: undefined escape in a header\n");
    EXPECT(STOMP_1_2, "ACK\ni\\d:1\n\n", "bad: undefined escape in a header\n");
    EXPECT(STOMP_1_0, "ACK\nid:\\n\\t\\\n\n", "ACK [id]=[\\n\\t\\] <>\n");
    EXPECT(STOMP_NO_VERSION, "CONNECT\npasscode:a\\nb\\tc\\\n\n", "CONNECT [passcode]=[a\\nb\\tc\\] <>\n");
    EXPECT(STOMP_1_2, "CONNECT\npasscode:a\\nb\\tc\\\n\n", "CONNECT [passcode]=[a\\nb\\tc\\] <>\n");
}

static void test_bad_heads(void **state)
{
    (void)state;
    EXPECT_CUT(STOMP_1_2, "GET / HTTP/1.1\r\n", "bad: unknown command\n");
    EXPECT_CUT(STOMP_1_2, "send\n", "bad: unknown command\n");
    EXPECT_CUT(STOMP_1_2, "X", "bad: unknown command\n");
    EXPECT_CUT(STOMP_1_2, "SENDX", "bad: unknown command\n");
    EXPECT_CUT(STOMP_1_2, "SEN\n", "bad: unknown command\n");
    EXPECT_CUT(STOMP_1_2, "SEN\r", "bad: unknown command\n");
    EXPECT_CUT(STOMP_1_2, "SEND\rX", "bad: unknown command\n");
    EXPECT_CUT(STOMP_1_2, "MESSAGE\n", "bad: unknown command\n");
    EXPECT_CUT(STOMP_1_2, "CONNECTED\n", "bad: unknown command\n");
    EXPECT_CUT(STOMP_1_2, "\0", "bad: unknown command\n");
    EXPECT_CUT(STOMP_1_2, "SEND\0", "bad: unknown command\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ndestination:/x\0", "bad: NUL before the end of the headers\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ndestination\n", "bad: header without a colon\n");
    EXPECT_CUT(STOMP_1_2, "SEND\n:/x\n", "bad: header without a name\n");
    EXPECT_CUT(STOMP_1_2, "SEND\n:\n", "bad: header without a name\n");
    EXPECT(STOMP_1_2, "SEND\nname:\xc0\xaf\n\n", "bad: header is not UTF-8\n");
    EXPECT(STOMP_1_2, "SEND\n\xed\xa0\x80:x\n\n", "bad: header is not UTF-8\n");
    EXPECT(STOMP_1_2, "SEND\na:b\n\nbody\0extra", "SEND [a]=[b] <body>\nbad: unknown command\n");
}

static void test_content_length(void **state)
{
    (void)state;
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:3\n\nabcd", "bad: content-length does not match the body\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:0\n\na", "bad: content-length does not match the body\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:10\n\nabcde\0", ""); /* waits, till frame_timeout */
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:10\n\nabcde\0ACK\nid:1\n\n\0", "bad: content-length does not match the body\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:-1\n", "bad: bad content-length\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:+1\n", "bad: bad content-length\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length: 1\n", "bad: bad content-length\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:1 \n", "bad: bad content-length\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:0x1\n", "bad: bad content-length\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:\n", "bad: bad content-length\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:18446744073709551616\n", "bad: frame is too big\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:4294967296\n", "bad: frame is too big\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:65536\n", "bad: frame is too big\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:65510\n\n", "bad: frame is too big\n");
    EXPECT_CUT(STOMP_1_2, "SEND\ncontent-length:1\ncontent-length:2\n", "bad: bad content-length\n");
    EXPECT(STOMP_1_2, "SEND\ncontent-length:1\n\na\0SEND\n\nlonger\0SEND\ncontent-length:2\n\nab",
           "SEND [content-length]=[1] <a>\nSEND <longer>\nSEND [content-length]=[2] <ab>\n");
    EXPECT(STOMP_1_2, "SEND\ncontent-length:1\ncontent-length:1\n\na", "SEND [content-length]=[1] [content-length]=[1] <a>\n");
    EXPECT(STOMP_1_2, "SEND\ncontent-length:1\r\nContent-Length:9\r\n\r\na", "SEND [content-length]=[1] [Content-Length]=[9] <a>\n");
}

static void test_header_limits(void **state)
{
    struct buf b = BUF_INIT, expected = BUF_INIT;

    (void)state;
    for (int count = 32; count <= 33; count++) {
        buf_reset(&b);
        buf_reset(&expected);
        buf_add_str(&b, "SEND\n");
        buf_add_str(&expected, "SEND");
        for (int i = 0; i < count; i++) {
            buf_printf(&b, "h%d:v\n", i);
            buf_printf(&expected, " [h%d]=[v]", i);
        }
        buf_add(&b, "\n", 2); /* and the NUL */
        buf_add_str(&expected, " <>\n");
        expect_bytes(STOMP_1_2, b.p, b.len, count == 32 ? expected.p : "bad: too many headers\n");
    }
    for (size_t line = 1024; line <= 1025; line++)
        for (int has_cr = 0; has_cr < 2; has_cr++) {
            buf_reset(&b);
            buf_add_str(&b, "SEND\nn:");
            for (size_t i = 2; i < line; i++)
                buf_add_char(&b, 'v');
            buf_add_str(&b, has_cr ? "\r\n" : "\n");
            buf_add(&b, "\n", 2);
            expect_bytes(STOMP_1_2, b.p, b.len,
                         line == 1024 ? "SEND [n]=[(1022 bytes)] <>\n" : "bad: header line is too long\n");
        }
    buf_free(&b);
    buf_free(&expected);
}

static void test_smaller_limits(void **state)
{
    static const struct stomp_limits small = {.headers_max = 2, .line_max = 11, .frame_max = 30};

    (void)state;
    limits_now = &small;
    EXPECT(STOMP_1_2, "UNSUBSCRIBE\na:1\nb:2\n\n", "UNSUBSCRIBE [a]=[1] [b]=[2] <>\n");
    EXPECT_CUT(STOMP_1_2, "ACK\na:1\nb:2\nc:3\n", "bad: too many headers\n");
    EXPECT_CUT(STOMP_1_2, "ACK\na:1234567890", "bad: header line is too long\n");
    EXPECT(STOMP_1_2, "SEND\n\n01234567890123456789012", "SEND <01234567890123456789012>\n");
    EXPECT(STOMP_1_2, "SEND\n\n012345678901234567890123", "bad: frame is too big\n");
    limits_now = &usual;
}

/* A frame of exactly 64 KiB with its NUL, and one byte more; with and without a length. */
static void test_frame_limit(void **state)
{
    (void)state;
    for (size_t size = 65536; size <= 65537; size++)
        for (int has_length = 0; has_length < 2; has_length++) {
            struct buf b = BUF_INIT;
            char expected[100];
            size_t body;

            buf_add_str(&b, "SEND\n");
            if (has_length)
                buf_printf(&b, "content-length:%zu\n", size - 28); /* 27 bytes of head, and the NUL */
            buf_add_str(&b, "\n");
            body = size - 1 - b.len;
            while (b.len < size - 1)
                buf_add_str(&b, "x");
            buf_add_char(&b, '\0');
            snprintf(expected, sizeof expected, "SEND%s <(%zu bytes)>\n", has_length ? " [content-length]=[65508]" : "", body);
            expect_bytes(STOMP_1_2, b.p, b.len, size == 65536 ? expected : "bad: frame is too big\n");
            buf_free(&b);
        }
}

static void test_many_frames_in_one_message(void **state)
{
    struct buf b = BUF_INIT, expected = BUF_INIT;

    (void)state;
    for (int i = 0; i < 40; i++) {
        buf_printf(&b, "SEND\ndestination:/app/%d\n\n{\"content\":\"여보세요 %d 🙂\"}", i, i);
        buf_add_char(&b, '\0');
        buf_printf(&expected, "SEND [destination]=[/app/%d] <{\"content\":\"여보세요 %d 🙂\"}>\n", i, i);
    }
    expect_bytes(STOMP_1_1, b.p, b.len, expected.p);
    buf_free(&b);
    buf_free(&expected);
}

static void test_small_and_in_place(void **state)
{
    char bytes[] = "SEND\ndestination:/x\n\nbody";
    struct stomp_parser p = {0};
    struct stomp_frame frame;
    size_t used;

    (void)state;
    assert_true(sizeof p < 100);
    assert_int_equal(stomp_feed(&p, &usual, bytes, sizeof bytes, &used, &frame), STOMP_FRAME);
    assert_ptr_equal(frame.body, bytes + sizeof bytes - 5);
    assert_null(p.gather.p);
    assert_int_equal(stomp_feed(&p, &usual, bytes, 0, &used, &frame), STOMP_MORE);
    stomp_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_eols),
        cmocka_unit_test(test_repeated_headers),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_bad_heads),
        cmocka_unit_test(test_content_length),
        cmocka_unit_test(test_header_limits),
        cmocka_unit_test(test_smaller_limits),
        cmocka_unit_test(test_frame_limit),
        cmocka_unit_test(test_many_frames_in_one_message),
        cmocka_unit_test(test_small_and_in_place),
    };

    return unit_run(tests);
}
