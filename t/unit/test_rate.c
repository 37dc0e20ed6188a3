#include "t/unit/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/token.h"
#include "lib/chat/config.h"
#include "lib/chat/counter.h"
#include "lib/chat/rate.h"
#include "lib/chat/shared_page.h"

static const struct config_rate per_second = {.count = 10, .period_ms = 1000};

static void test_burst_then_steady(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(rate_take(RATE_SEND, 1, per_second, 5, 1000), 0);
    assert_int_equal(rate_take(RATE_SEND, 1, per_second, 5, 1000), 100);
    assert_int_equal(rate_take(RATE_SEND, 1, per_second, 5, 1099), 1);
    assert_int_equal(rate_take(RATE_SEND, 1, per_second, 5, 1100), 0);
    assert_int_equal(rate_take(RATE_SEND, 1, per_second, 5, 1100), 100);
    /* full again after a rest, and no fuller */
    for (int i = 0; i < 5; i++)
        assert_int_equal(rate_take(RATE_SEND, 1, per_second, 5, 60000), 0);
    assert_true(rate_take(RATE_SEND, 1, per_second, 5, 60000) > 0);
}

static void test_keys_and_kinds_are_apart(void **state)
{
    (void)state;
    assert_int_equal(rate_take(RATE_LOGIN_ACCOUNT, 7, per_second, 1, 1000), 0);
    assert_true(rate_take(RATE_LOGIN_ACCOUNT, 7, per_second, 1, 1000) > 0);
    assert_int_equal(rate_take(RATE_LOGIN_ADDRESS, 7, per_second, 1, 1000), 0);
    assert_int_equal(rate_take(RATE_LOGIN_ACCOUNT, 8, per_second, 1, 1000), 0);
    assert_true(rate_key("a@b") != rate_key("a@c"));
}

static void test_addresses(void **state)
{
    (void)state;
    assert_true(rate_address_key("192.0.2.1") != rate_address_key("192.0.2.2"));
    assert_true(rate_address_key("::ffff:192.0.2.1") == rate_address_key("192.0.2.1"));
    assert_true(rate_address_key("2001:db8::1") == rate_address_key("2001:db8:0:0:ffff::2"));
    assert_true(rate_address_key("2001:db8::1") != rate_address_key("2001:db8:0:1::1"));
    assert_true(rate_address_key("unix:") != rate_address_key(""));
}

static void test_given_back(void **state)
{
    (void)state;
    assert_int_equal(rate_take(RATE_LOGIN_ACCOUNT, 9, per_second, 1, 1000), 0);
    rate_give_back(RATE_LOGIN_ACCOUNT, 9, per_second);
    assert_int_equal(rate_take(RATE_LOGIN_ACCOUNT, 9, per_second, 1, 1000), 0);
    assert_true(rate_take(RATE_LOGIN_ACCOUNT, 9, per_second, 1, 1000) > 0);
    rate_give_back(RATE_LOGIN_ACCOUNT, 12345, per_second); /* never taken: nothing happens */
}

static void test_clock_set_back(void **state)
{
    (void)state;
    assert_int_equal(rate_take(RATE_SEND, 20, per_second, 1, 100000000), 0);
    assert_int_equal(rate_take(RATE_SEND, 20, per_second, 1, 1000), 0);
    assert_true(rate_take(RATE_SEND, 20, per_second, 1, 1000) > 0);
}

static void test_full_table(void **state)
{
    (void)state;
    /* far more keys than slots: each still gets its first event, and the table goes on */
    for (uint64_t key = 1000; key < 1000 + 5 * SHARED_SLOTS; key++)
        assert_int_equal(rate_take(RATE_SIGNUP, key, per_second, 1, 5000), 0);
    assert_true(rate_take(RATE_SIGNUP, 1000 + 5 * SHARED_SLOTS - 1, per_second, 1, 5000) > 0);
}

static _Atomic int allowed;

static void *take_many(void *unused)
{
    for (int i = 0; i < 50; i++) {
        if (rate_take(RATE_LOGIN_ACCOUNT, 4242, (struct config_rate){10, 60000}, 10, 7000) == 0)
            atomic_fetch_add(&allowed, 1);
    }
    return unused;
}

static void test_parallel_tries_are_exact(void **state)
{
    pthread_t threads[8];

    (void)state;
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, NULL), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&allowed), 10);
}

static struct config *load(const char *dir, const char *limits)
{
    char counters[200], error[200];
    const char *pairs[] = {counters, limits};
    struct config *config;

    snprintf(counters, sizeof(counters), "counters_file=%s/counters", dir);
    config = config_load_pairs(pairs, 2, error, sizeof(error));
    if (!config)
        fail_msg("%s", error);
    return config;
}

static void write_old_layout(const char *dir)
{
    char path[200];
    FILE *f;

    snprintf(path, sizeof(path), "%s/counters", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs("an older page", f);
    fclose(f);
}

/* Counters and buckets reach over processes, and a page of another layout is replaced. */
static void test_shared_by_processes(void **state)
{
    char dir[] = "/tmp/sangdam-rate-XXXXXX", path[200];
    struct config *config;
    int status = 1;
    pid_t pid;

    (void)state;
    assert_non_null(mkdtemp(dir));
    write_old_layout(dir);
    config = load(dir, "limits=on");
    assert_true(counter_open(config));
    assert_true(rate_open(config));
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        counter_add(COUNT_files_stored, 3);
        _exit(rate_take(RATE_SEND, 77, per_second, 1, 1000) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(counter_get(COUNT_files_stored), 3);
    assert_true(rate_take(RATE_SEND, 77, per_second, 1, 1000) > 0);
    config_free(&config);
    config = load(dir, "limits=off");
    assert_true(rate_open(config));
    assert_int_equal(rate_take(RATE_SEND, 77, per_second, 1, 1000), 0);
    config_free(&config);
    snprintf(path, sizeof(path), "%s/counters", dir);
    unlink(path);
    assert_int_equal(rmdir(dir), 0); /* nothing else was left there */
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(counter_name(COUNT_http_requests), "http_requests");
    assert_string_equal(counter_text(COUNT_log_lines_lost), "log lines that could not be written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_then_steady), cmocka_unit_test(test_keys_and_kinds_are_apart), cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_given_back),
        cmocka_unit_test(test_clock_set_back),    cmocka_unit_test(test_full_table),               cmocka_unit_test(test_parallel_tries_are_exact),
        cmocka_unit_test(test_names),             cmocka_unit_test(test_shared_by_processes),
    };

    return token_start() ? unit_run(tests) : 1;
}
