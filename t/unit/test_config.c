#include "config.h"

#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/chat/config.h"

static char path[] = "/tmp/sangdam-config-XXXXXX";

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static struct config *load_n(const char *text, size_t n, char error[200])
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return config_load(path, error, 200);
}

static struct config *load(const char *text)
{
    char error[200] = "";
    struct config *c = load_n(text, strlen(text), error);

    if (!c)
        fail_msg("%s", error);
    return c;
}

static void test_defaults(void **state)
{
    char error[200] = "";
    struct config *c = config_load(NULL, error, sizeof(error));

    (void)state;
    assert_non_null(c);
    assert_null(c->path);
    assert_string_equal(c->run_dir, "/run/sangdam");
    assert_string_equal(c->notify_socket, "/run/sangdam/notify.sock");
    assert_int_equal(c->grace_customer, 300000);
    assert_int_equal(c->login_lifetime, INT64_C(30) * 86400000);
    assert_int_equal(c->out_queue_max, 262144);
    assert_int_equal(c->send_rate.count, 30);
    assert_int_equal(c->send_rate.period_ms, 10000);
    assert_true(c->limits);
    assert_string_equal(c->allowed_origins, "");
    config_free(&c);
    assert_null(c);
    config_free(&c);
}

static void test_file(void **state)
{
    struct config *c = load("\xEF\xBB\xBF# a comment\n; another\n\n"
                            "pushd_socket=/a/b.sock\r\n"
                            "run_dir = /srv/상담\n"
                            "linger = 250ms\n"
                            "upload_max=1g\n"
                            "db_password = a#b;c=d:e \"f\"\n"
                            "limits = off\n"
                            "login_tries = 3/2h\n"
                            "allowed_origins = https://a.example\n"
                            "    https://b.example:8443\n"
                            "\n"
                            "\thttp://c.example\n"
                            "db_port = 65535");

    (void)state;
    assert_string_equal(c->path, path);
    assert_string_equal(c->pushd_socket, "/a/b.sock");
    assert_string_equal(c->notify_socket, "/srv/상담/notify.sock");
    assert_int_equal(c->linger, 250);
    assert_int_equal(c->upload_max, 1 << 30);
    assert_string_equal(c->db_password, "a#b;c=d:e \"f\"");
    assert_false(c->limits);
    assert_int_equal(c->login_tries.count, 3);
    assert_int_equal(c->login_tries.period_ms, 7200000);
    assert_string_equal(c->allowed_origins, "https://a.example https://b.example:8443 http://c.example");
    assert_int_equal(c->db_port, 65535);
    assert_int_equal(c->rest_idle, 120000);
    config_free(&c);
    c = load("");
    config_free(&c);
    c = load("  linger = 1s\n");
    assert_int_equal(c->linger, 1000);
    config_free(&c);
}

static void test_refusals_name_file_and_line(void **state)
{
    static const struct {
        const char *text;
        int line;
        const char *reason;
    } bad[] = {
        {"linger = 1s\nno_such_key = 1\n", 2, "no_such_key: is no known key"},
        {"linger = 1s\n\n# x\nlinger = 2s\n", 4, "linger: is given twice"},
        {"linger = 15\n", 1, "linger: must be a time"},
        {"linger = 1 s\n", 1, "linger: must be a time"},
        {"linger =\n", 1, "linger: must be a time"},
        {"linger = -1s\n", 1, "linger: must be a time"},
        {"linger = 1ss\n", 1, "linger: must be a time"},
        {"linger = 1.5s\n", 1, "linger: must be a time"},
        {"linger = 99999999999999999999s\n", 1, "linger: must be a time"},
        {"linger = 999999999999999d\n", 1, "linger: must be a time"},
        {"linger = 1ms\n", 1, "linger: must lie within 100ms and 1h"},
        {"linger = 2h\n", 1, "linger: must lie within 100ms and 1h"},
        {"frame_max = 1k5\n", 1, "frame_max: must be a size"},
        {"frame_max = 17m\n", 1, "frame_max: must lie within 1k and 16m"},
        {"db_port = 0\n", 1, "db_port: must lie within 1 and 65535"},
        {"db_port = 3306x\n", 1, "db_port: must be a whole number"},
        {"db_port = +1\n", 1, "db_port: must be a whole number"},
        {"limits = yes\n", 1, "limits: must be on or off"},
        {"send_rate = 30\n", 1, "send_rate: must be events"},
        {"send_rate = 30/0s\n", 1, "send_rate: must be events"},
        {"send_rate = 0/1s\n", 1, "send_rate: must lie within"},
        {"log_level = loud\n", 1, "log_level: must be debug"},
        {"file_send = x\n", 1, "file_send: must be accel"},
        {"timezone = ../../etc/passwd\n", 1, "timezone: must be"},
        {"allowed_origins = a.example\n", 1, "allowed_origins: origins are"},
        {"allowed_origins = https://a.example/\n", 1, "allowed_origins: origins are"},
        {"allowed_origins = https://a.example\n  b\n", 2, "allowed_origins: origins are"},
        {"site_name = a\n  b\n", 2, "site_name: only a list"},
        {"trusted_proxies = ::1\n  linger = 1s\n", 2, "trusted_proxies: a key must stand"},
        {"site_name = \xFF\n", 1, "site_name: is not UTF-8"},
        {"site_name = a ; b\n", 1, "a comment needs a line of its own"},
        {"site_name = a\t;\n", 1, "a comment needs a line of its own"},
        {"linger = 1s\n[chat]\n", 2, "there are no sections"},
        {"linger\n", 1, "`key = value` is expected"},
        {"linger: 1s\n", 1, "`key = value` is expected"},
        {"a:b = 1s\n", 1, "`key = value` is expected"},
        {"= 1s\n", 1, ": is no known key"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char error[200] = "", expected[200];
        struct config *c = load_n(bad[i].text, strlen(bad[i].text), error);

        snprintf(expected, sizeof(expected), "%s:%d: ", path, bad[i].line);
        if (c || strncmp(error, expected, strlen(expected)) != 0 || !strstr(error, bad[i].reason))
            fail_msg("%s gave \"%s\", not \"%s%s\"", bad[i].text, error, expected, bad[i].reason);
    }
}

static void test_odd_files(void **state)
{
    char error[200] = "", text[400];
    struct config *c;

    (void)state;
    assert_null(config_load("/nonexistent/sangdam.conf", error, sizeof(error)));
    assert_non_null(strstr(error, "/nonexistent/sangdam.conf: "));
    assert_null(config_load("/", error, sizeof(error)));
    assert_null(load_n("linger = 1s\0\n", 13, error));
    assert_non_null(strstr(error, ":1: NUL byte"));
    snprintf(text, sizeof(text), "site_name = %0180d\n", 0);
    c = load(text);
    assert_int_equal(strlen(c->site_name), 180);
    config_free(&c);
    snprintf(text, sizeof(text), "# %0300d\n", 0);
    assert_null(load_n(text, strlen(text), error));
    assert_non_null(strstr(error, ":1: the line is too long"));
    snprintf(text, sizeof(text), "notify_socket = /%0107d\n", 0);
    assert_null(load_n(text, strlen(text), error));
    assert_non_null(strstr(error, "notify_socket: a socket's path"));
    snprintf(text, sizeof(text), "run_dir = /%0100d\n", 0);
    assert_null(load_n(text, strlen(text), error)); /* the sockets below it would be too long */
    assert_non_null(strstr(error, "a socket's path"));
}

/* A bad second reading leaves the first one whole: that is what HUP relies on. */
static void test_read_again(void **state)
{
    struct config *first = load("linger = 1s\n"), *second;
    char error[200] = "";

    (void)state;
    assert_null(load_n("linger = 1\n", 11, error));
    assert_int_equal(first->linger, 1000);
    second = load("linger = 2s\n");
    assert_int_equal(first->linger, 1000);
    assert_int_equal(second->linger, 2000);
    config_free(&first);
    config_free(&second);
}

static void test_pairs(void **state)
{
    static const char *const good[] = {"linger=1s", "run_dir=/x", "db_password=a=b"}, *const bad[] = {"nope=1"}, *const shapeless[] = {"linger"},
                      *const twice[] = {"linger=1s", "linger=1s"};
    char error[200] = "";
    struct config *c = config_load_pairs(good, COUNT(good), error, sizeof(error));

    (void)state;
    assert_non_null(c);
    assert_int_equal(c->linger, 1000);
    assert_string_equal(c->pushd_socket, "/x/pushd.sock");
    assert_string_equal(c->db_password, "a=b");
    config_free(&c);
    assert_null(config_load_pairs(bad, 1, error, sizeof(error)));
    assert_string_equal(error, "nope: is no known key");
    assert_null(config_load_pairs(shapeless, 1, error, sizeof(error)));
    assert_non_null(strstr(error, "key=value is expected"));
    assert_null(config_load_pairs(twice, 2, error, sizeof(error)));
    assert_true(config_check_pair("linger", "20s", error, sizeof(error)));
    assert_false(config_check_pair("linger", "20", error, sizeof(error)));
    assert_false(config_check_pair("sections", "20", error, sizeof(error)));
}

/* The sample in etc/ is the table's own print, made with the usual prefix; reading it without its # gives the defaults. */
static char *print_sample(size_t *n_r)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, n_r);

    assert_non_null(f);
    config_print_sample(f);
    assert_int_equal(fclose(f), 0);
    return text;
}

static void replace(struct buf *b, const char *from, const char *to)
{
    struct buf out = BUF_INIT;
    const char *s = buf_str(b), *at;

    for (; (at = strstr(s, from)); s = at + strlen(from)) {
        buf_add(&out, s, (size_t)(at - s));
        buf_add_str(&out, to);
    }
    buf_add_str(&out, s);
    buf_free(b);
    *b = out;
}

static void test_sample_is_in_step(void **state)
{
    const char *srcdir = getenv("srcdir");
    struct buf expected = BUF_INIT, found = BUF_INIT;
    size_t n;
    char *text = print_sample(&n), name[1000], part[4096];
    FILE *f;

    (void)state;
    buf_add(&expected, text, n);
    free(text);
    replace(&expected, SANGDAM_DATADIR, "/usr/local/share/sangdam");
    replace(&expected, SANGDAM_LOCALEDIR, "/usr/local/share/locale");
    snprintf(name, sizeof(name), "%s/etc/sangdam.conf.sample", srcdir ? srcdir : ".");
    f = fopen(name, "r");
    assert_non_null(f);
    while ((n = fread(part, 1, sizeof(part), f)) > 0)
        buf_add(&found, part, n);
    fclose(f);
    assert_string_equal(buf_str(&found), buf_str(&expected));
    buf_free(&expected);
    buf_free(&found);
}

static void test_sample_reads_as_defaults(void **state)
{
    char error[200] = "";
    struct config *defaults = config_load(NULL, error, sizeof(error)), *c;
    struct buf b = BUF_INIT;
    size_t n;
    char *text = print_sample(&n);

    (void)state;
    for (char *line = text, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        if (line[0] == '#' && line[1] != ' ')
            buf_add(&b, line + 1, (size_t)(end - line));
    }
    c = load(buf_str(&b));
#define SAME_TEXT(name) assert_string_equal(c->name, defaults->name);
#define SAME_DURATION(name) assert_int_equal(c->name, defaults->name);
#define SAME_SIZE(name) assert_int_equal(c->name, defaults->name);
#define SAME_COUNT(name) assert_int_equal(c->name, defaults->name);
#define SAME_SWITCH(name) assert_int_equal(c->name, defaults->name);
#define SAME_RATE(name) assert_memory_equal(&c->name, &defaults->name, sizeof(c->name));
#define CONFIG(type, name, def, min, max, text) SAME_##type(name)
#include "lib/chat/config_table.h"
#undef CONFIG
    config_free(&c);
    config_free(&defaults);
    buf_free(&b);
    free(text);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),   cmocka_unit_test(test_file),
        cmocka_unit_test(test_refusals_name_file_and_line), cmocka_unit_test(test_odd_files),
        cmocka_unit_test(test_read_again), cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_sample_is_in_step), cmocka_unit_test(test_sample_reads_as_defaults),
    };

    if (argc == 2 && strcmp(argv[1], "--print-sample") == 0) { /* how etc/sangdam.conf.sample is made */
        config_print_sample(stdout);
        return 0;
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
