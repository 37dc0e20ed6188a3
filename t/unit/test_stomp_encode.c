/* STOMP frames to clients, and the meaning of CONNECT's headers. */
#include <string.h>

#include "pushd/stomp_frame.h"
#include "t/unit/unit.h"

/* Compares with a literal whose own NUL is the frame's. */
#define EXPECT(b, literal) \
    do { \
        assert_int_equal((b)->len, sizeof(literal)); \
        assert_memory_equal((b)->p, literal, sizeof(literal)); \
        buf_free(b); \
    } while (0)

static void test_connected(void **state)
{
    const struct stomp_pair extra[] = {{"epoch", "e1"}, {"left-out", NULL}};
    struct buf b = BUF_INIT;

    (void)state;
    stomp_encode_connected(&b, &(struct stomp_connected){.version = STOMP_1_2, .sx = 10000, .sy = 10000, .session = "s1",
                               .server = "sangdam/0.1", .user_name = "a:b\\c\nd\re", .extra = extra, .extra_count = 2});
    EXPECT(&b, "CONNECTED\nversion:1.2\nheart-beat:10000,10000\nsession:s1\nserver:sangdam/0.1\nuser-name:a:b\\c d e\n"
               "epoch:e1\ncontent-length:0\n\n");
}

static void test_receipt(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    stomp_encode_receipt(&b, STOMP_1_2, "a:b\\c\nd\re");
    EXPECT(&b, "RECEIPT\nreceipt-id:a\\cb\\\\c\\nd\\re\ncontent-length:0\n\n");
    stomp_encode_receipt(&b, STOMP_1_1, "a:b\\c\nd\re");
    EXPECT(&b, "RECEIPT\nreceipt-id:a\\cb\\\\c\\nd e\ncontent-length:0\n\n");
    stomp_encode_receipt(&b, STOMP_1_0, "a:b\\c\nd\re");
    EXPECT(&b, "RECEIPT\nreceipt-id:a:b\\c d e\ncontent-length:0\n\n");
}

static void test_error(void **state)
{
    const struct stomp_pair versions[] = {{"version", STOMP_VERSIONS}};
    struct buf b = BUF_INIT;

    (void)state;
    stomp_encode_error(&b, STOMP_NO_VERSION, &(struct stomp_error_frame){.message = "version", .body = "supported: 1.0,1.1,1.2",
                           .extra = versions, .extra_count = 1});
    EXPECT(&b, "ERROR\nmessage:version\nversion:1.0,1.1,1.2\ncontent-type:text/plain\ncontent-length:22\n\nsupported: 1.0,1.1,1.2");
    stomp_encode_error(&b, STOMP_1_2, &(struct stomp_error_frame){.message = "no", .receipt_id = "r:1"});
    EXPECT(&b, "ERROR\nmessage:no\nreceipt-id:r\\c1\ncontent-type:text/plain\ncontent-length:2\n\nno");
}

static void test_message(void **state)
{
    static const struct stomp_message m = {.destination = "/topic/chat/1", .subscription = "0\n\nx", .message_id = "m1",
                                           .content_type = STOMP_JSON};
    static const char body[] = "{\"content\":\"안녕\"}";
    struct buf b = BUF_INIT;

    (void)state;
    stomp_encode_message(&b, STOMP_1_2, &m, body, sizeof body - 1);
    EXPECT(&b, "MESSAGE\ndestination:/topic/chat/1\nsubscription:0\\n\\nx\nmessage-id:m1\n"
               "content-type:application/json;charset=UTF-8\ncontent-length:20\n\n{\"content\":\"안녕\"}");
    stomp_encode_message(&b, STOMP_1_0, &m, body, sizeof body - 1);
    EXPECT(&b, "MESSAGE\ndestination:/topic/chat/1\nsubscription:0  x\nmessage-id:m1\n"
               "content-type:application/json;charset=UTF-8\ncontent-length:20\n\n{\"content\":\"안녕\"}");
    stomp_encode_message_head(&b, STOMP_1_1, &(struct stomp_message){.destination = "/q", .message_id = "2"}, 1234567890);
    buf_add_char(&b, '\0');
    EXPECT(&b, "MESSAGE\ndestination:/q\nmessage-id:2\ncontent-length:1234567890\n\n");
}

/* Whatever a value holds, a client of any version reads the same number of headers, and 1.2 the same value. */
static void test_no_header_is_injected(void **state)
{
    static const char value[] = "session:1\ndestination:/x\r\n\r\n\\n\\c\\q body";

    (void)state;
    for (enum stomp_version v = STOMP_NO_VERSION; v <= STOMP_1_2; v++) {
        struct stomp_limits limits = STOMP_LIMITS_DEFAULT;
        struct stomp_parser p = {.version = (uint8_t)v};
        struct stomp_frame frame;
        struct buf b = BUF_INIT;
        size_t used;

        buf_add_str(&b, "SEND\n");
        stomp_encode_header(&b, v, "name", value);
        stomp_encode_header(&b, v, "after", "1");
        buf_add(&b, "\n", 2);
        assert_int_equal(stomp_feed(&p, &limits, b.p, b.len, &used, &frame), STOMP_FRAME);
        assert_int_equal(used, b.len);
        assert_int_equal(frame.header_count, 2);
        assert_int_equal(frame.body_len, 0);
        if (v == STOMP_1_2)
            assert_string_equal(frame.headers[0].value, value);
        assert_string_equal(stomp_header(&frame, "after"), "1");
        stomp_free(&p);
        buf_free(&b);
    }
}

static void test_negotiate(void **state)
{
    (void)state;
    assert_int_equal(stomp_negotiate(NULL), STOMP_1_0);
    assert_int_equal(stomp_negotiate("1.0"), STOMP_1_0);
    assert_int_equal(stomp_negotiate("1.0,1.1,1.2"), STOMP_1_2);
    assert_int_equal(stomp_negotiate("1.2, 1.1 ,1.0"), STOMP_1_2);
    assert_int_equal(stomp_negotiate("1.1,1.0"), STOMP_1_1);
    assert_int_equal(stomp_negotiate("9,1.1,2.0"), STOMP_1_1);
    assert_int_equal(stomp_negotiate("9"), STOMP_NO_VERSION);
    assert_int_equal(stomp_negotiate(""), STOMP_NO_VERSION);
    assert_int_equal(stomp_negotiate(",, "), STOMP_NO_VERSION);
    assert_int_equal(stomp_negotiate("1.20,11.2,1.2.1,1"), STOMP_NO_VERSION);
}

static void test_heartbeat(void **state)
{
    static const char *const bad[] = {"", ",", "1", "1,", ",1", "a,b", "-1,0", "+1,0", " 1,0", "1, 0", "1,0 ", "1,0,0", "1.5,0"};
    uint32_t cx, cy;

    (void)state;
    assert_true(stomp_heartbeat_parse(NULL, &cx, &cy));
    assert_true(cx == 0 && cy == 0);
    assert_true(stomp_heartbeat_parse("10000,20000", &cx, &cy));
    assert_true(cx == 10000 && cy == 20000);
    assert_true(stomp_heartbeat_parse("4294967296,99999999999999999999999", &cx, &cy));
    assert_true(cx == UINT32_MAX && cy == UINT32_MAX);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(stomp_heartbeat_parse(bad[i], &cx, &cy));
    assert_int_equal(stomp_heartbeat_clamp(0), 0);
    assert_int_equal(stomp_heartbeat_clamp(1), 10000);
    assert_int_equal(stomp_heartbeat_clamp(30000), 30000);
    assert_int_equal(stomp_heartbeat_clamp(UINT32_MAX), 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connected),
        cmocka_unit_test(test_receipt),
        cmocka_unit_test(test_error),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_no_header_is_injected),
        cmocka_unit_test(test_negotiate),
        cmocka_unit_test(test_heartbeat),
    };

    return unit_run(tests);
}
