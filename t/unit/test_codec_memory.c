/* The codecs when memory is out: the N-th allocation fails, for N = 1, 2, 3 ... until none is asked for any more. Each time
 * the connection must end with the documented error or the outcome be as if nothing had happened. */
#include <stdlib.h>
#include <string.h>

#include "pushd/stomp_frame.h"
#include "pushd/ws_frame.h"
#include "t/unit/unit.h"

/* The linker sends lib/base/buf's realloc here (--wrap). */
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);

static unsigned fail_at;
static unsigned asked;

void *__wrap_realloc(void *p, size_t size)
{
    return ++asked == fail_at ? NULL : __real_realloc(p, size);
}

/* "fragment" in two frames around a ping, byte by byte; true when it came whole. */
static bool try_ws(void)
{
    static const char input[] = "\x01\x84\0\0\0\0frag\x89\x82\0\0\0\0hi\x80\x84\0\0\0\0ment";
    static const struct ws_limits limits = {.message_max = 65536, .fragments_max = 64};
    struct ws w = {0};
    bool has_come = false;

    for (size_t i = 0; i < sizeof input - 1; i++) {
        char byte = input[i];
        size_t n = 1, used;
        struct ws_event e;
        enum ws_result result;

        for (; (result = ws_feed(&w, &limits, &byte, n, &used, &e)) != WS_MORE; n -= used) {
            if (result == WS_BAD) {
                assert_int_equal(e.code, WS_CLOSE_SERVER_ERROR);
                assert_null(w.gather.p);
            } else if (result == WS_MESSAGE) {
                assert_int_equal(e.len, 8);
                assert_memory_equal(e.data, "fragment", 8);
                has_come = true;
            } else
                assert_memory_equal(e.data, "hi", 2);
        }
    }
    assert_null(w.gather.p);
    ws_free(&w);
    return has_come;
}

static bool try_stomp(void)
{
    static const char input[] = "SEND\ndestination:/app/a/rather/long/destination\nreceipt:1234567890\n\na body";
    static const struct stomp_limits limits = STOMP_LIMITS_DEFAULT;
    struct stomp_parser p = {.version = STOMP_1_2};
    bool has_come = false;

    for (size_t i = 0; i < sizeof input && p.error == STOMP_OK; i++) {
        char byte = input[i];
        size_t n = 1, used;
        struct stomp_frame frame;
        enum stomp_result result;

        for (; (result = stomp_feed(&p, &limits, &byte, n, &used, &frame)) == STOMP_FRAME; n -= used) {
            assert_string_equal(frame.body, "a body");
            has_come = true;
        }
        if (result == STOMP_BAD) {
            assert_int_equal(p.error, STOMP_E_MEMORY);
            assert_null(p.gather.p);
        }
    }
    stomp_free(&p);
    return has_come;
}

static void fail_each(bool (*attempt)(void))
{
    unsigned last;

    fail_at = 0;
    asked = 0;
    assert_true(attempt());
    last = asked;
    assert_true(last > 0);
    for (fail_at = 1; fail_at <= last; fail_at++) {
        asked = 0;
        assert_false(attempt());
    }
    fail_at = 0;
}

static void test_ws(void **state)
{
    (void)state;
    fail_each(try_ws);
}

static void test_stomp(void **state)
{
    (void)state;
    fail_each(try_stomp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ws),
        cmocka_unit_test(test_stomp),
    };

    return unit_run(tests);
}
