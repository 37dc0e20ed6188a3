/* sockjs_frame: arrays of strings in, frames out, paths. */
#include "t/unit/unit.h"

#include <string.h>

#include "pushd/sockjs_frame.h"

static void good_messages(void **state)
{
    static const struct {
        const char *text, *out;
        size_t n;
    } cases[] = {
        {"", "", 0}, {"  ", "", 0}, {"[]", "", 0}, {" [ ] ", "", 0}, {"[\"\"]", "", 0}, {"[\"a\"]", "a", 1}, {"\"a\"", "a", 1}, {"[\"a\" , \"b\"]", "ab", 2},
        {"[\"x\\u0000\"]", "x\0", 2}, {"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "\"\\/\b\f\n\r\t", 8}, {"[\"\\uac00\\ud83d\\ude00\"]", "\xea\xb0\x80\xf0\x9f\x98\x80", 7},
        {"[\"\xea\xb0\x80\"]", "\xea\xb0\x80", 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = BUF_INIT;
        assert_true(sockjs_decode(cases[i].text, strlen(cases[i].text), &out));
        assert_int_equal(out.len, cases[i].n);
        assert_memory_equal(buf_str(&out), cases[i].out, cases[i].n);
        buf_free(&out);
    }
}

/* Every cut of a message is broken, and so are these. */
static void bad_messages(void **state)
{
    static const char whole[] = "[\"a\\u00e9\\n\",\"\\ud83d\\ude00\"]";
    static const char *const cases[] = {"[", "]", "[1]", "{}", "[\"a\",]", "[,\"a\"]", "[\"a\"]x", "[\"a\" \"b\"]", "\"", "[\"\\x\"]", "[\"\\u12\"]", "[\"\\ud800\"]", "[\"\\udc00\"]",
                                        "[\"\\ud800\\u0041\"]", "[\"\n\"]", "null", "[[\"a\"]]", "[\"\\", "[\"\\u00zz\"]"};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = BUF_INIT;
        if (sockjs_decode(cases[i], strlen(cases[i]), &out))
            fail_msg("taken: %s", cases[i]);
        buf_free(&out);
    }
    for (size_t n = 1; n < sizeof whole - 1; n++) {
        struct buf out = BUF_INIT;
        assert_false(sockjs_decode(whole, n, &out));
        buf_free(&out);
    }
}

static void frames(void **state)
{
    static const char text[] = "A\n\n\"\\\x01\xe2\x80\x8c\xe2\x80\xa8\xef\xbf\xb0\xea\xb0\x80\0";
    struct buf out = BUF_INIT;

    (void)state;
    sockjs_encode_message(&out, text, 4, text + 4, sizeof text - 5);
    assert_string_equal(out.p, "a[\"A\\n\\n\\\"\\\\\\u0001\\u200c\\u2028\\ufff0\xea\xb0\x80\\u0000\"]");
    struct buf back = BUF_INIT;
    assert_true(sockjs_decode(out.p + 1, out.len - 1, &back));
    assert_int_equal(back.len, sizeof text - 1);
    assert_memory_equal(back.p, text, back.len);
    buf_reset(&out);
    sockjs_encode_close(&out, 3000, "Go \"away\"!");
    assert_string_equal(out.p, "c[3000,\"Go \\\"away\\\"!\"]");
    buf_free(&out);
    buf_free(&back);
}

static void events(void **state)
{
    static const struct {
        const char *frame, *event;
    } cases[] = {
        {"o", "data: o\r\n\r\n"},
        {"a[\"100%\"]", "data: a[\"100%25\"]\r\n\r\n"},
        {"%41%%", "data: %2541%25%25\r\n\r\n"},
        {"a[\"\xea\xb0\x80\"]", "data: a[\"\xea\xb0\x80\"]\r\n\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out = BUF_INIT;
        sockjs_encode_event(&out, cases[i].frame, strlen(cases[i].frame));
        assert_string_equal(out.p, cases[i].event);
        buf_free(&out);
    }
}

static void paths(void **state)
{
    const char *session, *transport;
    size_t n;

    (void)state;
    assert_true(sockjs_parse_path("000/abc/xhr", &session, &n, &transport));
    assert_int_equal(n, 3);
    assert_memory_equal(session, "abc", 3);
    assert_string_equal(transport, "xhr");
    assert_false(sockjs_parse_path("", &session, &n, &transport));
    assert_false(sockjs_parse_path("a/b", &session, &n, &transport));
    assert_false(sockjs_parse_path("/b/xhr", &session, &n, &transport));
    assert_false(sockjs_parse_path("a//xhr", &session, &n, &transport));
    assert_false(sockjs_parse_path("a.a/b/xhr", &session, &n, &transport));
    assert_false(sockjs_parse_path("a/b.b/xhr", &session, &n, &transport));
    assert_false(sockjs_parse_path("a/b/xhr/", &session, &n, &transport));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(good_messages), cmocka_unit_test(bad_messages), cmocka_unit_test(frames), cmocka_unit_test(events), cmocka_unit_test(paths)};

    return unit_run(tests);
}
