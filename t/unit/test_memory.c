#include "config.h"

#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/chat/config.h"

/* Fails the n-th allocation that our own code asks for, for n = 1, 2, 3 ... until none fails: each time the work is done
 * whole or refused, and nothing is kept. The linker leads our calls here (--wrap in include.am); the libraries' own
 * allocations go their way. */
void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
void __wrap_free(void *p);

static long calls, fail_at, kept; /* fail_at 0: nothing fails */

static bool is_due(void)
{
    return ++calls == fail_at;
}

static void *count_kept(void *p)
{
    kept += p != NULL;
    return p;
}

void *__wrap_malloc(size_t n)
{
    return is_due() ? NULL : count_kept(__real_malloc(n));
}

void *__wrap_calloc(size_t count, size_t n)
{
    return is_due() ? NULL : count_kept(__real_calloc(count, n));
}

void *__wrap_realloc(void *p, size_t n)
{
    if (is_due())
        return NULL;
    return p ? __real_realloc(p, n) : count_kept(__real_realloc(p, n));
}

char *__wrap_strdup(const char *s)
{
    return is_due() ? NULL : count_kept(__real_strdup(s));
}

void __wrap_free(void *p)
{
    kept -= p != NULL;
    __real_free(p);
}

/* Does `work` with each allocation failing in turn; it returns whether it was done whole. */
static void fail_each(bool (*work)(void))
{
    bool whole;
    long n = 0;

    do {
        calls = kept = 0;
        fail_at = ++n;
        whole = work();
        fail_at = 0;
        if (kept != 0)
            fail_msg("failing allocation %ld leaves %ld kept", n, kept);
        if (whole && calls >= n)
            fail_msg("allocation %ld failed unseen", n);
    } while (!whole && n < 10000);
    assert_true(whole);
    assert_true(n > 1);
}

static bool grow_a_buffer(void)
{
    struct buf b = BUF_INIT;
    bool whole;
    char *taken;

    for (int i = 0; i < 100; i++)
        buf_printf(&b, "line %d\n", i);
    buf_add_str(&b, "end");
    whole = !buf_failed(&b);
    assert_int_equal(whole, b.len == 793); /* a failure is sticky: nothing is added behind a hole */
    taken = buf_take(&b);
    assert_int_equal(whole, taken != NULL);
    free(taken);
    return whole;
}

static bool read_json(void)
{
    struct buf text = BUF_INIT;
    const char *why = NULL;
    struct json_object *o;
    long due = fail_at;

    fail_at = 0; /* the text itself is made in peace */
    buf_add_char(&text, '{');
    for (int i = 0; i < 100; i++)
        buf_printf(&text, "\"\\u006b%d\":%d,", i, i);
    buf_add_str(&text, "\"last\":0}");
    fail_at = due;
    calls = 0;
    o = json_read(text.p, text.len, &why);
    if (!o)
        assert_string_equal(why, "out of memory");
    json_object_put(o);
    buf_free(&text);
    return o != NULL;
}

static bool load_config(void)
{
    static const char *const pairs[] = {"linger=1s", "site_name=sangdam"};
    char error[200] = "";
    struct config *c = config_load_pairs(pairs, COUNT(pairs), error, sizeof(error));
    bool whole = c != NULL;

    if (!whole)
        assert_non_null(strstr(error, "out of memory"));
    else
        assert_string_equal(c->notify_socket, "/run/sangdam/notify.sock");
    config_free(&c);
    return whole;
}

static char path[] = "/tmp/sangdam-memory-XXXXXX";

static bool load_config_file(void)
{
    char error[200] = "";
    struct config *c = config_load(path, error, sizeof(error));
    bool whole = c != NULL;

    if (!whole)
        assert_non_null(strstr(error, "out of memory"));
    else
        assert_string_equal(c->trusted_proxies, "127.0.0.1 ::1");
    config_free(&c);
    return whole;
}

static void test_buf(void **state)
{
    (void)state;
    fail_each(grow_a_buffer);
}

static void test_json(void **state)
{
    (void)state;
    fail_each(read_json);
}

static void test_config(void **state)
{
    (void)state;
    fail_each(load_config);
}

static void test_config_file(void **state)
{
    static const char text[] = "trusted_proxies = 127.0.0.1\n  ::1\nrun_dir = /x\n";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    close(fd);
    fail_each(load_config_file);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf), cmocka_unit_test(test_json), cmocka_unit_test(test_config), cmocka_unit_test(test_config_file),
    };

    return unit_run(tests);
}
