#include "config.h"

#include "t/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"

/* Standard error is led into a pipe while a line is written; the TAP lines go to standard output. */
static int saved_stderr, pipe_fds[2];

static int lead_away(void **state)
{
    (void)state;
    saved_stderr = dup(STDERR_FILENO);
    if (saved_stderr < 0 || pipe2(pipe_fds, O_NONBLOCK | O_CLOEXEC) < 0 || dup2(pipe_fds[1], STDERR_FILENO) < 0)
        return -1;
    log_start("unit", LOG_INFO);
    return 0;
}

static int lead_back(void **state)
{
    (void)state;
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    return 0;
}

/* What was written since the last call. */
static const char *written(void)
{
    static char text[8192];
    ssize_t n = read(pipe_fds[0], text, sizeof(text) - 1);

    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static void test_line(void **state)
{
    char end[128];
    const char *line;

    (void)state;
    log_warn("db_retry session=%d tries=%s", 7, log_value("a b"));
    line = written();
    snprintf(end, sizeof(end), " warn unit[%ld] db_retry session=7 tries=\"a b\"\n", (long)getpid());
    assert_true(strlen(line) > 24);
    assert_int_equal(line[23], 'Z');
    assert_string_equal(line + 24, end);
}

static void test_level(void **state)
{
    (void)state;
    log_debug("unseen");
    assert_string_equal(written(), "");
    log_set_level(LOG_DEBUG);
    log_debug("seen");
    assert_non_null(strstr(written(), " debug unit["));
    log_set_level(LOG_ERROR);
    log_warn("unseen");
    assert_string_equal(written(), "");
    log_fatal("seen");
    assert_non_null(strstr(written(), " fatal unit["));
}

static void test_one_event_is_one_line(void **state)
{
    const char *line;

    (void)state;
    log_error("bad text=%s", "a\r\nb\x1B[31m\xC2\x85\xE2\x80\xAE\xFF 안녕");
    line = written();
    assert_non_null(strstr(line, "text=a\\x0d\\x0ab\\x1b[31m\\xc2\\x85\\xe2\\x80\\xae\\xff 안녕\n"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void test_long_line_is_cut(void **state)
{
    static char text[5000];
    const char *line;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    log_error("%s", text);
    line = written();
    assert_int_equal(strlen(line), 2048);
    assert_int_equal(line[2047], '\n');
    memset(text, '\x01', sizeof(text) - 1);
    log_error("%s", text);
    assert_in_range(strlen(written()), 2040, 2048);
}

static void test_value(void **state)
{
    char text[1000];
    const char *first, *v;

    (void)state;
    assert_string_equal(log_value(NULL), "-");
    assert_string_equal(log_value(""), "\"\"");
    assert_string_equal(log_value("plain/값"), "plain/값");
    assert_string_equal(log_value("a\nb"), "a\\x0ab");
    assert_string_equal(log_value("a=b"), "\"a=b\"");
    assert_string_equal(log_value("\\\""), "\"\\\\\\\"\"");
    memset(text, 0, sizeof(text));
    for (int i = 0; i < 300; i++)
        strncat(text, "가", sizeof(text) - strlen(text) - 1);
    v = log_value(text);
    assert_int_equal(strlen(v), 198);
    assert_null(strstr(v, "\\x"));
    memset(text, '\n', sizeof(text) - 1);
    assert_in_range(strlen(log_value(text)), 190, 200);
    first = log_value("1");
    log_value("2");
    log_value("3");
    log_value("4");
    assert_string_equal(first, "1");
}

/* A reader that stands still, and a descriptor that can't be written: counted, and errno is left alone. */
static void test_lost_lines_are_counted(void **state)
{
    uint64_t before = log_lost();
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    fcntl(pipe_fds[1], F_SETFL, 0);
    for (int i = 0; i < 10000 && log_lost() == before; i++)
        log_error("filling the pipe");
    assert_int_equal(log_lost(), before + 1);
    if (full >= 0) {
        assert_int_not_equal(dup2(full, STDERR_FILENO), -1);
        errno = EDOM;
        log_error("no space");
        assert_int_equal(errno, EDOM);
        assert_int_equal(log_lost(), before + 2);
        close(full);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_line, lead_away, lead_back),
        cmocka_unit_test_setup_teardown(test_level, lead_away, lead_back),
        cmocka_unit_test_setup_teardown(test_one_event_is_one_line, lead_away, lead_back),
        cmocka_unit_test_setup_teardown(test_long_line_is_cut, lead_away, lead_back),
        cmocka_unit_test(test_value),
        cmocka_unit_test_setup_teardown(test_lost_lines_are_counted, lead_away, lead_back),
    };

    return unit_run(tests);
}
