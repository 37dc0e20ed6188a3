#include "t/unit/unit.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"

/* From memory of exactly its size, so that reading behind the end is seen by a sanitizer. */
static struct json_object *read_n(const char *text, size_t n, const char **why_r)
{
    char *exact = malloc(n ? n : 1);
    struct json_object *o;

    assert_non_null(exact);
    memcpy(exact, text, n);
    o = json_read(exact, n, why_r);
    free(exact);
    return o;
}

static void accept(const char *text)
{
    const char *why = "-";
    struct json_object *o = read_n(text, strlen(text), &why);

    if (!o)
        fail_msg("refused %s: %s", text, why);
    json_object_put(o);
}

static void refuse_n(const char *text, size_t n)
{
    const char *why = NULL;
    struct json_object *o = read_n(text, n, &why);

    if (o)
        fail_msg("accepted %.*s", (int)n, text);
    assert_non_null(why);
}

static const char *const good[] = {
    "{}", "[]", "0", "5", "-5", "-0", " 17 ", "\"\"", "true", "false", "1.5", "1e3", "-0.25E-2", "9007199254740991", "-9007199254740991", " \t\r\n{ } \n",
    "{\"a\":1,\"b\":[1,2,{\"c\":null}],\"d\":\"x\"}", "[[[[[[[[]]]]]]]]", "[[[[[[[[1]]]]]]]]", "{\"a\":{\"a\":{\"a\":1}}}", "[{\"a\":1},{\"a\":1}]",
    "\"\\u00e9\\n\\/\\\\\\\"\\b\\f\\r\\t\"", "\"\\ud83d\\ude00\"", "\"상담 \xF0\x9F\x98\x80\"", "{\"__proto__\":1,\"constructor\":2}", "\"\x7F\"", "{\"\":1}",
    "[null]", "{\"a\\u0062\":1,\"ab2\":2}",
};

static const char *const bad[] = {
    "", " ", "null", " null ", "{", "}", "[", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "'a'", "{\"a\":1}xyz", "{}{}", "1 2", "01", "-01",
    "+1", "-", "1.", ".5", "1e", "1e+", "0x10", "NaN", "-NaN", "Infinity", "-Infinity", "nan", "True", "TRUE", "tru", "nul", "truex", "/**/1", "1//x", "# x", "\xEF\xBB\xBF{}",
    "9007199254740992", "-9007199254740992", "99999999999999999999", "{\"after\":99999999999999999999}", "1e400", "1e999999999999999999999", "[[[[[[[[[]]]]]]]]]",
    "[[[[[[[[[1]]]]]]]]]", "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}", "{\"b\":1,\"a\":[{\"c\":1,\"d\":{},\"c\":2}]}", "{\"\\u0061\":1,\"b\":{\"\\u0061\":1},\"a\":3}",
    "{\"\":1,\"\":2}", "\"\\u0000\"", "{\"\\u0000\":1}", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800x\"", "\"\\ud800\\u0061\"", "\"\\udc00\\ud800\"", "\"\\ud800\\n\"",
    "\"\\u12g4\"", "\"\\u12", "\"\\x41\"", "\"\\", "\"a", "\"a\nb\"", "\"a\tb\"", "\"\x01\"", "\"\xC0\xAF\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xFF\xFE\"",
    "\"\xE2\x82", "\xC2\xA0{}", "\f{}", "[1]\v", "{\"a\":1:2}", "[\"a\":1]", "{1:2}", "{null:1}",
};

static void test_accepts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        accept(good[i]);
}

static void test_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        refuse_n(bad[i], strlen(bad[i]));
    refuse_n("\"a\0b\"", 5);
    refuse_n("{}\0", 3);
    refuse_n("\0", 1);
}

/* No object, array or string is whole before its last byte. */
static void test_refuses_every_cut(void **state)
{
    static const char text[] = "{\"content\":\"안녕 \\ud83d\\ude00 \xF0\x9F\x98\x80\",\"ids\":[1,-2,3.5e1,true,null],\"o\":{\"\\u0061\":\"\"}}";

    (void)state;
    for (size_t n = 0; n < sizeof(text) - 1; n++)
        refuse_n(text, n);
    accept(text);
}

/* Each code point above U+FFFF by its escape: json-c alone loses one in thirty-two of them. */
static void test_reads_every_pair(void **state)
{
    const char *why, *got;
    size_t len;

    (void)state;
    for (uint32_t cp = 0x10000; cp < 0x110000; cp += cp % 0x10000 >= 0xd7f0 && cp % 0x10000 < 0xe010 ? 1 : 241) {
        char text[40], want[4];
        int n = snprintf(text, sizeof text, "{\"\\\\ud\":\"a\\u%04X\\u%04xb\"}", 0xd800 + ((cp - 0x10000) >> 10), 0xdc00 + (cp & 0x3ff));
        struct json_object *o = json_read(text, (size_t)n, &why);
        assert_non_null(o);
        assert_int_equal(json_get_str(o, "\\ud", &got, &len), JSON_GOT);
        assert_int_equal(len, 6);
        utf8_encode(cp, want);
        assert_memory_equal(got + 1, want, 4);
        assert_true(got[0] == 'a' && got[5] == 'b');
        json_object_put(o);
    }
}

static void test_names_a_lone_surrogate(void **state)
{
    const char *why;

    (void)state;
    assert_null(json_read("{\"a\":\"\\ud800\"}", 14, &why));
    assert_ptr_equal(why, json_why_surrogate);
}

/* Fills JSON_MAX_BYTES with a text of a head, a repeated part and a tail. */
static char *fill(const char *head, const char *part, const char *tail, size_t *n_r)
{
    char *text = malloc(JSON_MAX_BYTES + 1);
    size_t n = strlen(head);

    assert_non_null(text);
    memcpy(text, head, n);
    while (n + strlen(part) + strlen(tail) <= JSON_MAX_BYTES) {
        memcpy(text + n, part, strlen(part));
        n += strlen(part);
    }
    memcpy(text + n, tail, strlen(tail));
    *n_r = n + strlen(tail);
    return text;
}

static void test_large_and_hostile(void **state)
{
    static const char *const parts[] = {"[],", "{},", "[[[[[[]]]]]],", "0,", "\"\",", "\"\\u0061\":0,", "{\"a\":", "[", "\"", "1", "\\", " "};
    int64_t began = clock_monotonic_ms();
    size_t n;

    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++) {
        char *text = fill("{\"unused\":[", parts[i], "0]}", &n);
        size_t before = mallinfo2().uordblks, most;
        const char *why;
        struct json_object *o = json_read(text, n, &why);

        most = mallinfo2().uordblks;
        assert_true(most < before + 4 * 1024 * 1024);
        json_object_put(o);
        free(text);
    }
    assert_true(clock_monotonic_ms() - began < 5000); /* quadratic work would take minutes under a sanitizer */
}

/* The most and costliest values that are let in: 2047 empty objects. */
static void test_memory_of_the_most_values(void **state)
{
    char text[3 * JSON_MAX_VALUES + 2];
    size_t n = 0, before;
    const char *why;
    struct json_object *o;

    (void)state;
    text[n++] = '[';
    for (int i = 0; i < JSON_MAX_VALUES - 1; i++) {
        memcpy(text + n, "{},", 3);
        n += 3;
    }
    text[n - 1] = ']';
    before = mallinfo2().uordblks;
    o = json_read(text, n, &why);
    assert_non_null(o);
    assert_true(mallinfo2().uordblks < before + 4 * 1024 * 1024);
    json_object_put(o);
    memcpy(text + n - 1, ",0]", 3);
    assert_null(json_read(text, n + 2, &why));
    assert_string_equal(why, "too many values");
}

static void test_many_keys(void **state)
{
    struct buf b = BUF_INIT;
    const char *why;
    struct json_object *o;

    (void)state;
    buf_add_char(&b, '{');
    for (int i = 0; i < 2000; i++)
        buf_printf(&b, "%s\"key%s%d\":%d", i ? "," : "", i % 3 ? "" : "\\u002d", i, i);
    buf_add_char(&b, '}');
    o = json_read(b.p, b.len, &why);
    assert_non_null(o);
    assert_int_equal(json_object_object_length(o), 2000);
    json_object_put(o);
    b.p[b.len - 1] = ',';
    buf_add_str(&b, "\"key1\":0}");
    assert_null(json_read(b.p, b.len, &why));
    assert_string_equal(why, "the same key twice in one object");
    buf_free(&b);
}

static void test_size_limit(void **state)
{
    char *text = malloc(JSON_MAX_BYTES + 1);
    const char *why;
    struct json_object *o;

    (void)state;
    assert_non_null(text);
    memset(text, 'a', JSON_MAX_BYTES + 1);
    text[0] = text[JSON_MAX_BYTES - 1] = '"';
    o = json_read(text, JSON_MAX_BYTES, &why);
    assert_int_equal(json_object_get_string_len(o), JSON_MAX_BYTES - 2);
    json_object_put(o);
    text[JSON_MAX_BYTES] = ' ';
    assert_null(json_read(text, JSON_MAX_BYTES + 1, &why));
    free(text);
}

static void test_members(void **state)
{
    static const char text[] = "{\"s\":\"안녕\",\"i\":-7,\"z\":0,\"f\":5.0,\"e\":5e0,\"n\":null,\"b\":true,\"t\":\"5\",\"big\":9007199254740991}";
    static const char *const all[] = {"s", "i", "z", "f", "e", "n", "b", NULL}, *const more[] = {"t", "big", NULL};
    const char *why, *s;
    struct json_object *o = json_read(text, sizeof(text) - 1, &why);
    size_t len;
    int64_t v;
    bool b;

    (void)state;
    assert_non_null(o);
    assert_int_equal(json_get_str(o, "s", &s, &len), JSON_GOT);
    assert_string_equal(s, "안녕");
    assert_int_equal(len, 6);
    assert_int_equal(json_get_str(o, "i", &s, &len), JSON_WRONG_TYPE);
    assert_int_equal(json_get_str(o, "n", &s, &len), JSON_ABSENT);
    assert_int_equal(json_get_str(o, "no", &s, &len), JSON_ABSENT);
    assert_int_equal(json_get_int(o, "i", &v), JSON_GOT);
    assert_int_equal(v, -7);
    assert_int_equal(json_get_int(o, "z", &v), JSON_GOT);
    assert_int_equal(v, 0);
    assert_int_equal(json_get_int(o, "big", &v), JSON_GOT);
    assert_int_equal(v, JSON_MAX_INT);
    assert_int_equal(json_get_int(o, "f", &v), JSON_WRONG_TYPE);
    assert_int_equal(json_get_int(o, "e", &v), JSON_WRONG_TYPE);
    assert_int_equal(json_get_int(o, "t", &v), JSON_WRONG_TYPE);
    assert_int_equal(json_get_int(o, "b", &v), JSON_WRONG_TYPE);
    assert_int_equal(json_get_int(o, "n", &v), JSON_ABSENT);
    assert_int_equal(json_get_bool(o, "b", &b), JSON_GOT);
    assert_true(b);
    assert_int_equal(json_get_bool(o, "z", &b), JSON_WRONG_TYPE);
    assert_int_equal(json_get_bool(NULL, "z", &b), JSON_ABSENT);
    assert_null(json_unknown_key(o, all, more));
    assert_string_equal(json_unknown_key(o, all, NULL), "t");
    assert_string_equal(json_unknown_key(o, NULL, NULL), "s");
    json_object_put(o);
}

static void test_writes(void **state)
{
    struct buf b = BUF_INIT;
    struct json_writer w = JSON_WRITER(&b);

    (void)state;
    jw_object(&w);
    jw_str(&w, "s", "a\"b\\c/d\n<&>\x01\x1F\x7F안녕\xE2\x80\xA8\xE2\x80\xA9\xE2\x82\xAC");
    jw_str(&w, "none", NULL);
    jw_int(&w, "min", INT64_MIN);
    jw_int(&w, "max", INT64_MAX);
    jw_array_key(&w, "list");
    jw_int(&w, NULL, 0);
    jw_bool(&w, NULL, true);
    jw_bool(&w, NULL, false);
    jw_array(&w);
    jw_array_end(&w);
    jw_object(&w);
    jw_object_end(&w);
    jw_strn(&w, NULL, "abc", 2);
    jw_array_end(&w);
    jw_object_key(&w, "o");
    jw_time(&w, "t", 1795327380123);
    jw_time(&w, "never", -1);
    jw_raw(&w, "raw", "{\"x\":1}", 7);
    jw_object_end(&w);
    jw_null(&w, "end");
    jw_object_end(&w);
    assert_false(buf_failed(&b));
    assert_string_equal(buf_str(&b),
                        "{\"s\":\"a\\\"b\\\\c/d\\n\\u003c\\u0026\\u003e\\u0001\\u001f\x7F안녕\\u2028\\u2029\xE2\x82\xAC\",\"none\":null,"
                        "\"min\":-9223372036854775808,\"max\":9223372036854775807,\"list\":[0,true,false,[],{},\"ab\"],"
                        "\"o\":{\"t\":\"2026-11-22T06:03:00.123Z\",\"never\":null,\"raw\":{\"x\":1}},\"end\":null}");
    buf_free(&b);
}

/* What is written is read back the same, for each ASCII character and some of every length. */
static void test_written_is_read_back(void **state)
{
    struct buf text = BUF_INIT, b = BUF_INIT;
    struct json_writer w = JSON_WRITER(&b);
    const char *why, *s;
    struct json_object *o;
    size_t len;

    (void)state;
    for (char c = 1; c != 0x7F; c++)
        buf_add_char(&text, c);
    buf_add_str(&text, "\x7F\xC2\x80\xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xAA\xE2\x81\xA8\xEF\xBF\xBF\xF4\x8F\xBF\xBF\xE2\x80\xA9");
    jw_object(&w);
    jw_str(&w, "k\"<", buf_str(&text));
    jw_object_end(&w);
    o = json_read(b.p, b.len, &why);
    assert_int_equal(json_get_str(o, "k\"<", &s, &len), JSON_GOT);
    assert_int_equal(len, text.len);
    assert_memory_equal(s, text.p, len);
    json_object_put(o);
    buf_free(&b);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_refuses_every_cut),
        cmocka_unit_test(test_reads_every_pair),
        cmocka_unit_test(test_names_a_lone_surrogate),
        cmocka_unit_test(test_large_and_hostile),
        cmocka_unit_test(test_memory_of_the_most_values),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_written_is_read_back),
    };

    return unit_run(tests);
}
