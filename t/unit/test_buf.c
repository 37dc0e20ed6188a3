#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"

static void test_empty(void **state)
{
    struct buf b = BUF_INIT;
    char *taken;

    (void)state;
    assert_string_equal(buf_str(&b), "");
    buf_reset(&b);
    buf_consume(&b, 0);
    buf_add(&b, "", 0);
    assert_int_equal(b.len, 0);
    buf_free(&b);
    taken = buf_take(&b);
    assert_string_equal(taken, "");
    free(taken);
    assert_null(b.p);
}

static void test_numbers(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_add_int(&b, 0);
    buf_add_char(&b, ' ');
    buf_add_int(&b, 1024);
    buf_add_char(&b, ' ');
    buf_add_int(&b, INT64_MAX);
    buf_add_char(&b, ' ');
    buf_add_int(&b, INT64_MIN);
    assert_string_equal(buf_str(&b), "0 1024 9223372036854775807 -9223372036854775808");
    buf_free(&b);
}

/* Grown byte by byte and in one piece, always with its NUL behind. */
static void test_grows(void **state)
{
    struct buf bytes = BUF_INIT, whole = BUF_INIT;
    char text[1000];

    (void)state;
    for (size_t n = 0; n < sizeof(text); n++) {
        text[n] = (char)n;
        buf_add_char(&bytes, (char)n);
        assert_int_equal(bytes.len, n + 1);
        assert_true(bytes.len < bytes.cap);
        assert_int_equal(bytes.p[bytes.len], 0);
    }
    assert_memory_equal(bytes.p, text, sizeof(text));
    for (size_t n = 0; n <= 130; n++) { /* around each power of two */
        buf_free(&whole);
        buf_add(&whole, text, n);
        assert_int_equal(whole.len, n);
        assert_int_equal(whole.p[n], 0);
    }
    buf_free(&bytes);
    buf_free(&whole);
}

static void test_text(void **state)
{
    struct buf b = BUF_INIT;
    char *taken;

    (void)state;
    buf_add_str(&b, "abc");
    buf_printf(&b, "[%d %s]", 5, "x");
    buf_printf(&b, "%0200d", 0);
    assert_int_equal(b.len, 208);
    assert_memory_equal(b.p, "abc[5 x]000", 11);
    buf_consume(&b, 4);
    assert_memory_equal(b.p, "5 x]0", 5);
    assert_int_equal(b.len, 204);
    buf_consume(&b, 204);
    assert_string_equal(buf_str(&b), "");
    buf_add_str(&b, "end");
    taken = buf_take(&b);
    assert_string_equal(taken, "end");
    assert_int_equal(b.len, 0);
    free(taken);
}

/* A growth that can't be keeps failing until the buffer is reset: no text with a hole in it. */
static void test_failure_is_sticky(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_add_str(&b, "abc");
    assert_false(buf_reserve(&b, SIZE_MAX / 2));
    assert_true(buf_failed(&b));
    buf_add_str(&b, "d");
    assert_string_equal(buf_str(&b), "abc");
    assert_null(buf_take(&b));
    assert_false(buf_failed(&b));
    buf_add_str(&b, "abc");
    assert_false(buf_reserve(&b, SIZE_MAX));
    buf_reset(&b);
    buf_add_str(&b, "new");
    assert_string_equal(buf_str(&b), "new");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty), cmocka_unit_test(test_numbers), cmocka_unit_test(test_grows), cmocka_unit_test(test_text), cmocka_unit_test(test_failure_is_sticky),
    };

    return unit_run(tests);
}
