#include "t/unit/unit.h"

#include <string.h>

#include "cgi/csv.h"

static void test_cells(void **state)
{
    static const struct {
        const char *text, *cell;
    } rows[] = {
        {NULL, ""},
        {"", ""},
        {"김하늘", "김하늘"},
        {"a,b", "\"a,b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {" kept ", "\" kept \""},
        {"=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""},
        {"+cmd", "\"'+cmd\""},
        {"-1+2", "\"'-1+2\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"\t=1", "\"'\t=1\""},
        {"\r=1", "\"'\r=1\""},
        {"  =1", "\"'  =1\""},
        {"＝1", "\"'＝1\""},
        {"＠x", "\"'＠x\""},
        {"a=1", "a=1"},
        {"'quoted'", "'quoted'"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;
        struct csv c = CSV_WRITER(&out);

        csv_text(&c, rows[i].text);
        assert_string_equal(buf_str(&out), rows[i].cell);
        buf_free(&out);
    }
}

static void test_rows(void **state)
{
    struct buf out = BUF_INIT;
    struct csv c = CSV_WRITER(&out);

    (void)state;
    csv_plain(&c, "a");
    csv_int(&c, -5);
    csv_end_row(&c);
    csv_text(&c, NULL);
    csv_plain(&c, "");
    csv_end_row(&c);
    assert_string_equal(buf_str(&out), "a,-5\r\n,\r\n");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cells), cmocka_unit_test(test_rows)};

    return unit_run(tests);
}
