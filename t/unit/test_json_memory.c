#include "config.h"

#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"

/* Fails the n-th allocation of whoever asks, json-c too, for n = 1, 2, 3 ...: a good text is read whole, or memory is named as the reason. json-c 0.16 can't
 * survive that its copy of a member's name fails, so strdup is let through. The names are glibc's own; a sanitizer has its own allocator, so this test is
 * not for such a build. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
int main(void)
{
    puts("1..0 # SKIP the allocator is a sanitizer's");
    return 0;
}
#else
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *p, size_t n);

static long calls, fail_at; /* fail_at 0: nothing fails */

static bool is_due(void)
{
    return fail_at && ++calls == fail_at;
}

void *malloc(size_t n)
{
    return is_due() ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
    return is_due() ? NULL : __libc_calloc(count, n);
}

void *realloc(void *p, size_t n)
{
    return is_due() ? NULL : __libc_realloc(p, n);
}

char *strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = __libc_malloc(n);

    return copy ? memcpy(copy, s, n) : NULL;
}

static void test_short_memory(void **state)
{
    static const char text[] = "{\"content\":\"a text that is longer than what json-c keeps within its own object\",\"list\":[null,\"x\",{\"y\":1}],\"n\":7}";
    int refused = 0;

    (void)state;
    for (long n = 1;; n++) {
        const char *why = NULL, *s;
        size_t len;
        int64_t v;
        struct json_object *o;
        fail_at = n;
        calls = 0;
        o = json_read(text, sizeof text - 1, &why);
        fail_at = 0;
        if (!o) {
            assert_ptr_equal(why, json_why_memory);
            refused++;
            continue;
        }
        assert_int_equal(json_get_str(o, "content", &s, &len), JSON_GOT);
        assert_int_equal(len, 66);
        assert_int_equal(json_get_int(o, "n", &v), JSON_GOT);
        json_object_put(o);
        if (calls < n)
            break;
    }
    assert_true(refused > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_short_memory)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
