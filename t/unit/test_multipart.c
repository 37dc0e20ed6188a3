#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/multipart.h"
#include "lib/base/buf.h"
#include "t/unit/pieces.h"

#define DISPOSITION "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n"
#define CLOSE "\r\n--xyz--\r\n"

/* What the parser said; neighbouring data is one line, however it was cut. */
struct said {
    struct multipart *m;
    struct buf *out;
    bool in_data, over;
    unsigned parts;
};

static void end_data(struct said *s)
{
    if (s->in_data)
        buf_add_char(s->out, '\n');
    s->in_data = false;
}

static bool on_part(void *to, const struct multipart_part *part)
{
    struct said *s = to;

    s->parts++;
    buf_printf(s->out, "part %s", part->name);
    if (part->file_name) {
        buf_add_str(s->out, " file ");
        pieces_show(s->out, part->file_name, part->file_name_len);
    }
    buf_add_char(s->out, '\n');
    return strcmp(part->name, "stop") != 0;
}

static bool on_data(void *to, const char *bytes, size_t n)
{
    struct said *s = to;

    assert_true(n > 0);
    if (!s->in_data)
        buf_add_str(s->out, "data ");
    s->in_data = true;
    pieces_show(s->out, bytes, n);
    return true;
}

static bool on_part_end(void *to)
{
    struct said *s = to;

    end_data(s);
    buf_add_str(s->out, "end\n");
    return true;
}

static const struct multipart_handler handler = {on_part, on_data, on_part_end};

static void *begin(void *options)
{
    struct said *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    s->m = multipart_new(options, &handler, s);
    assert_non_null(s->m);
    return s;
}

static void take(void *state, char *bytes, size_t n, struct buf *out)
{
    struct said *s = state;
    enum multipart_result result;

    s->out = out;
    if (s->over)
        return;
    result = multipart_feed(s->m, bytes, n);
    if (result != MULTIPART_FINE) {
        end_data(s);
        buf_add_str(out, result == MULTIPART_STOPPED ? "stopped\n" : "malformed\n");
        assert_int_equal(multipart_feed(s->m, "x", 1), result); /* for good */
        s->over = true;
    }
}

static void end(void *state)
{
    struct said *s = state;

    if (!s->over) {
        end_data(s);
        buf_add_str(s->out, multipart_is_whole(s->m) ? "whole\n" : "cut\n");
    }
    multipart_free(&s->m);
    free(s);
}

static struct pieces_parser parser = {.begin = begin, .take = take, .end = end, .options = (char[]){"xyz"}};

static void expect_n(const char *bytes, size_t n, const char *expected)
{
    pieces_expect(&parser, bytes, n, expected);
}

static void expect(const char *text, const char *expected)
{
    expect_n(text, strlen(text), expected);
}

static void test_a_file_and_a_field(void **state)
{
    (void)state;
    expect("--xyz\r\n" DISPOSITION "Content-Type: image/png\r\n\r\nab\r\ncd\r\n--xyz\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nhi" CLOSE,
           "part file file a.png\ndata ab\\0d\\0acd\nend\npart content\ndata hi\nend\nwhole\n");
    expect("--xyz--\r\n", "whole\n");
    expect("--xyz--", "whole\n");
    expect("--xyz  \t\r\n" DISPOSITION "\r\nx\r\n--xyz-- \r\n\r\n", "part file file a.png\ndata x\nend\nwhole\n");
}

static void test_empty_bodies(void **state)
{
    (void)state;
    expect("--xyz\r\n" DISPOSITION "\r\n" CLOSE, "part file file a.png\nend\nwhole\n");
    expect("--xyz\r\n" DISPOSITION CLOSE, "part file file a.png\nend\nwhole\n");
    expect("--xyz\r\n" DISPOSITION "\r\n--xy" CLOSE, "part file file a.png\ndata --xy\nend\nwhole\n");
}

static void test_what_looks_like_a_delimiter(void **state)
{
    (void)state;
    expect("--xyz\r\n" DISPOSITION "\r\n\r\r\n\r\n-\r\n--\r\n--x\r\n--xy\r\n--xz--xyz\n--xyz\r--xyz" CLOSE,
           "part file file a.png\ndata \\0d\\0d\\0a\\0d\\0a-\\0d\\0a--\\0d\\0a--x\\0d\\0a--xy\\0d\\0a--xz--xyz\\0a--xyz\\0d--xyz\nend\nwhole\n");
    expect("--xyz\r\n" DISPOSITION "\r\nab\r\n--xyzzy\r\n", "part file file a.png\ndata ab\nend\nmalformed\n");
    expect("--xyz\r\n" DISPOSITION "\r\nab\r\n--xyz-x\r\n", "part file file a.png\ndata ab\nend\nmalformed\n");
}

static void test_names(void **state)
{
    (void)state;
    expect("--xyz\r\ncontent-disposition:form-data;name=file;filename=\"C:\\dir\\x \\\"q\\\" %22 %0d%0A %00.png\"\r\n\r\nx" CLOSE,
           "part file file C:\\dir\\x \"q\" \" \\0d\\0a %00.png\ndata x\nend\nwhole\n");
    expect("--xyz\r\nContent-Disposition: form-data; filename=\"\"; name=\"file\"; filename*=UTF-8''x\r\nX-Other: 1\r\n\r\nx" CLOSE,
           "part file file \ndata x\nend\nwhole\n");
    expect_n("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.php\0.jpg\"\r\n\r\nx" CLOSE,
             sizeof("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.php\0.jpg\"\r\n\r\nx" CLOSE) - 1,
             "part file file a.php\\00.jpg\ndata x\nend\nwhole\n");
}

static void test_malformed(void **state)
{
    static const char *const rows[] = {
        "x", "\r\n--xyz\r\n", "preamble\r\n--xyz\r\n", "--xyy", "--xyz\n", "--xyz\rx", "--xyz-\r", "--xyz--x", "--xyzX",
        "--xyz\r\n\r\nno head", "--xyz\r\nX: y\r\n\r\nx", "--xyz\r\nContent-Disposition: form-data\r\n\r\n", "--xyz\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n",
        "--xyz\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n", "--xyz\r\nContent-Disposition: form-datax; name=\"a\"\r\n\r\n",
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\n", "--xyz\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"; filename=\"c\"\r\n\r\n",
        "--xyz\r\nContent-Disposition: form-data; name=\"a\r\n\r\n", "--xyz\r\nContent-Disposition: form-data; name\r\n\r\n", "--xyz\r\nContent-Disposition: form-data; name=a b\r\n\r\n",
        "--xyz\r\n" DISPOSITION DISPOSITION "\r\n", "--xyz\r\n" DISPOSITION " folded\r\n\r\n", "--xyz\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\n",
        "--xyz\r\n" DISPOSITION "Content-Type: multipart/mixed; boundary=abc\r\n\r\n", "--xyz\r\n" DISPOSITION "Content-Transfer-Encoding: base64\r\n\r\n",
        "--xyz\r\nContent-Disposition: form-data; name=\"a\"\n\n", "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\r\n", "--xyz\r\nno colon\r\n", "--xyz\r\n: x\r\n",
        "--xyz\r\nContent-Disposition: form-data; name=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf text = BUF_INIT;

        buf_add_str(&text, rows[i]);
        buf_add_str(&text, "\r\n\r\n"); /* the rest of a head that has to be read to be judged */
        expect_n(buf_str(&text), text.len, "malformed\n");
        buf_free(&text);
    }
}

static void test_cut_and_stopped(void **state)
{
    (void)state;
    expect("--xyz", "cut\n");
    expect("--xyz\r\n" DISPOSITION "\r\nabc", "part file file a.png\ndata abc\ncut\n");
    expect("--xyz\r\n" DISPOSITION "\r\nabc\r\n--xyz", "part file file a.png\ndata abc\nend\ncut\n");
    expect("--xyz\r\n" DISPOSITION "\r\nabc\r\n--xyz\r\n", "part file file a.png\ndata abc\nend\ncut\n");
    expect("--xyz\r\nContent-Disposition: form-data; name=stop\r\n\r\nx" CLOSE, "part stop\nstopped\n");
}

static void test_limits(void **state)
{
    struct buf text = BUF_INIT, expected = BUF_INIT;

    (void)state;
    for (int i = 0; i < 17; i++) {
        buf_add_str(&text, "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n");
        buf_add_str(&expected, i < 16 ? "part a\ndata 1\nend\n" : "malformed\n");
    }
    expect_n(buf_str(&text), text.len, buf_str(&expected));
    buf_reset(&text);
    buf_add_str(&text, "--xyz\r\nX: ");
    for (int i = 0; i < MULTIPART_HEAD_MAX; i++)
        buf_add_char(&text, 'x');
    pieces_run(&parser, buf_str(&text), text.len, pieces_all, 0, "malformed\n");
    pieces_run(&parser, buf_str(&text), text.len, pieces_random, 1, "malformed\n");
    buf_free(&text);
    buf_free(&expected);
}

/* Bodies made of half delimiters take as long as others: four times the bytes, not sixteen times the time. Here it only has to end. */
static void test_linear(void **state)
{
    struct buf text = BUF_INIT;

    (void)state;
    buf_add_str(&text, "--xyz\r\n" DISPOSITION "\r\n");
    for (int i = 0; i < 400000; i++)
        buf_add_str(&text, "\r\n--xy");
    buf_add_str(&text, CLOSE);
    {
        struct buf said = BUF_INIT;
        struct said *s = begin(parser.options);

        s->out = &said;
        assert_int_equal(multipart_feed(s->m, buf_str(&text), text.len), MULTIPART_FINE);
        end(s);
        buf_free(&said);
    }
    buf_free(&text);
}

static void assert_boundary(const char *type, const char *expected)
{
    char out[MULTIPART_BOUNDARY_MAX + 1] = "";

    if (multipart_boundary(type, out) != (expected != NULL))
        fail_msg("%s", type);
    if (expected)
        assert_string_equal(out, expected);
}

static void test_boundaries(void **state)
{
    char longest[200];

    (void)state;
    assert_boundary("multipart/form-data; boundary=xyz", "xyz");
    assert_boundary("Multipart/Form-Data;charset=utf-8; Boundary=\"a b'()+_,-./:=?\"", "a b'()+_,-./:=?");
    assert_boundary("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW", "----WebKitFormBoundary7MA4YWxkTrZu0gW");
    assert_boundary("multipart/form-data", NULL);
    assert_boundary("multipart/form-data; boundary=", NULL);
    assert_boundary("multipart/form-data; boundary=\"\"", NULL);
    assert_boundary("multipart/form-data; boundary=\"a \"", NULL);
    assert_boundary("multipart/form-data; boundary=a; boundary=b", NULL);
    assert_boundary("multipart/form-data; boundary=a\xc3\xa9", NULL);
    assert_boundary("multipart/form-data; boundary=\"a\r\nb\"", NULL);
    assert_boundary("multipart/form-data boundary=a", NULL);
    assert_boundary("multipart/form-datax; boundary=a", NULL);
    assert_boundary("multipart/mixed; boundary=a", NULL);
    assert_boundary("application/json", NULL);
    assert_boundary("", NULL);
    snprintf(longest, sizeof(longest), "multipart/form-data; boundary=%070d", 1);
    assert_boundary(longest, longest + 30);
    snprintf(longest, sizeof(longest), "multipart/form-data; boundary=%071d", 1);
    assert_boundary(longest, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_and_a_field), cmocka_unit_test(test_empty_bodies), cmocka_unit_test(test_what_looks_like_a_delimiter),
        cmocka_unit_test(test_names),              cmocka_unit_test(test_malformed),    cmocka_unit_test(test_cut_and_stopped),
        cmocka_unit_test(test_limits),             cmocka_unit_test(test_linear),       cmocka_unit_test(test_boundaries),
    };

    return unit_run(tests);
}
