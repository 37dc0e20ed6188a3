/* outq: what goes in comes out whole and in order, however little the socket takes at once; shared bodies are freed by the last. */
#include "t/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pushd/outq.h"

struct pair {
    int near, far;
};

static struct pair open_pair(int bytes)
{
    int fd[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    return (struct pair){fd[0], fd[1]};
}

static size_t read_all(int fd, char *to, size_t size)
{
    size_t n = 0;
    ssize_t got;

    while (n < size && (got = read(fd, to + n, size - n)) > 0)
        n += (size_t)got;
    return n;
}

static void whole_and_in_order(void **state)
{
    struct outq q = {0};
    struct pair p = open_pair(4096);
    size_t expected_len = 0, got = 0, size = 4 << 20, written = 0;
    char *expected = malloc(size), *seen = malloc(size);
    enum outq_state last;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        char text[600];
        memset(text, 'a' + i % 26, sizeof text);
        struct body *body = i % 3 ? body_new(text, (size_t)(i % 600)) : NULL;
        assert_true(outq_add(&q, "head", 4, text, (size_t)(i % 7), body, 1));
        memcpy(expected + expected_len, "head", 4);
        memcpy(expected + expected_len + 4, text, (size_t)(i % 7));
        expected_len += 4 + (size_t)(i % 7);
        if (body) {
            memcpy(expected + expected_len, text, (size_t)(i % 600));
            expected_len += (size_t)(i % 600);
            expected[expected_len++] = '\0'; /* ends a STOMP frame */
        }
        body_drop(&body);
    }
    assert_int_equal(q.bytes, expected_len);
    do {
        last = outq_write(&q, p.near, 5, &written);
        assert_int_not_equal(last, OUTQ_GONE);
        got += read_all(p.far, seen + got, size - got);
    } while (last != OUTQ_EMPTY);
    got += read_all(p.far, seen + got, size - got);
    assert_int_equal(written, expected_len);
    assert_int_equal(got, expected_len);
    assert_memory_equal(seen, expected, expected_len);
    assert_int_equal(q.bytes, 0);
    free(expected);
    free(seen);
    close(p.near);
    close(p.far);
}

static void shared_body(void **state)
{
    struct outq a = {0}, b = {0};
    static const char text[BODY_COPIED_MAX + 1] = "text";
    struct body *body = body_new(text, sizeof text);

    (void)state;
    assert_true(outq_add(&a, "1", 1, NULL, 0, body, 1));
    assert_true(outq_add(&b, "2", 1, NULL, 0, body, 1));
    assert_int_equal(body->refs, 3);
    outq_free(&a);
    assert_int_equal(body->refs, 2);
    outq_free(&b);
    assert_int_equal(body->refs, 1);
    body_drop(&body);
    assert_null(body);
}

static void stuck(void **state)
{
    struct outq q = {0};
    struct pair p = open_pair(4096);
    size_t written = 0;
    char block[3000] = {0}, sink[65536];

    (void)state;
    assert_false(outq_is_stuck(&q, 1000000, 10));
    for (int i = 0; i < 100; i++)
        assert_true(outq_add(&q, block, sizeof block, NULL, 0, NULL, 100));
    assert_int_equal(outq_write(&q, p.near, 200, &written), OUTQ_WAITING);
    assert_false(outq_is_stuck(&q, 209, 10)); /* it took some at 200 */
    assert_true(outq_is_stuck(&q, 210, 10));
    read_all(p.far, sink, 2000);
    assert_int_equal(outq_write(&q, p.near, 205, &written), OUTQ_WAITING);
    read_all(p.far, sink, sizeof sink);
    assert_int_equal(outq_write(&q, p.near, 215, &written), OUTQ_WAITING);
    assert_false(outq_is_stuck(&q, 220, 10)); /* a slow one that takes is not stuck */
    outq_free(&q);
    close(p.near);
    close(p.far);
}

/* After a frame went out in part, only its rest may follow. */
static void drop_unsent(void **state)
{
    struct outq q = {0};
    struct pair p = open_pair(4096);
    static char first[40000], seen[100000];
    size_t written = 0, n = 0;

    (void)state;
    memset(first, 'x', sizeof first);
    assert_true(outq_add(&q, first, sizeof first, NULL, 0, NULL, 1));
    assert_true(outq_add(&q, "second", 6, NULL, 0, NULL, 1));
    outq_write(&q, p.near, 1, &written);
    assert_true(written > 0 && written < sizeof first);
    outq_drop_unsent(&q);
    assert_int_equal(q.bytes, sizeof first - written);
    assert_true(outq_add(&q, "close", 5, NULL, 0, NULL, 1));
    while (q.bytes) {
        n += read_all(p.far, seen + n, sizeof seen - n);
        outq_write(&q, p.near, 1, &written);
    }
    n += read_all(p.far, seen + n, sizeof seen - n);
    assert_int_equal(n, sizeof first + 5);
    assert_memory_equal(seen + sizeof first, "close", 5);
    assert_true(outq_add(&q, "a", 1, NULL, 0, NULL, 1));
    outq_drop_unsent(&q); /* nothing went out: all may go */
    assert_int_equal(q.bytes, 0);
    assert_null(q.head);
    close(p.far);
    assert_true(outq_add(&q, "a", 1, NULL, 0, NULL, 1));
    assert_int_equal(outq_write(&q, p.near, 1, &written), OUTQ_GONE);
    outq_free(&q);
    close(p.near);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whole_and_in_order), cmocka_unit_test(shared_body), cmocka_unit_test(stuck), cmocka_unit_test(drop_unsent)};

    return unit_run(tests);
}
