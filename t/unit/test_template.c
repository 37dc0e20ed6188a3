/* Our templates against the rules of the public Mustache specification (the parts that we have), and against what we add: escaping by
 * place, refusals when read, translated texts, formats. */
#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cgi/template.h"

struct render_case {
    const char *what;
    const char *data;
    const char *text;
    const char *want;
    const char *partial; /* named "partial", or NULL */
};

static void check(const struct render_case *c)
{
    struct template_source sources[2] = {{.name = "main", .text = c->text, .len = strlen(c->text)},
                                         {.name = "partial", .text = c->partial ? c->partial : "", .len = 0}};
    sources[1].len = strlen(sources[1].text);
    struct buf why = BUF_INIT, out = BUF_INIT;
    struct template_set *set = template_read(sources, 2, &why);
    if (!set)
        fail_msg("%s: refused: %s", c->what, buf_str(&why));
    struct json_object *data = json_tokener_parse(c->data);
    assert_non_null(data);
    assert_true(template_render(set, "main", data, LANG_EN, &out));
    if (strcmp(buf_str(&out), c->want) != 0)
        fail_msg("%s\n got: [%s]\nwant: [%s]", c->what, buf_str(&out), c->want);
    json_object_put(data);
    template_set_free(&set);
    buf_free(&why);
    buf_free(&out);
}

#define CHECK_ALL(cases)                                            \
    for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++) \
    check(&(cases)[i])

static void test_comments(void **state)
{
    (void)state;
    static const struct render_case cases[] = {
        {"inline", "{}", "12345{{! Comment Block! }}67890", "1234567890", NULL},
        {"multiline", "{}", "12345{{!\n  This is a\n  multi-line comment...\n}}67890\n", "1234567890\n", NULL},
        {"standalone", "{}", "Begin.\n{{! Comment Block! }}\nEnd.\n", "Begin.\nEnd.\n", NULL},
        {"indented standalone", "{}", "Begin.\n  {{! Indented Comment Block! }}\nEnd.\n", "Begin.\nEnd.\n", NULL},
        {"standalone line endings", "{}", "|\r\n{{! Standalone Comment }}\r\n|", "|\r\n|", NULL},
        {"standalone without previous line", "{}", "  {{! I'm Still Standalone }}\n!", "!", NULL},
        {"standalone without newline", "{}", "!\n  {{! I'm Still Standalone }}", "!\n", NULL},
        {"multiline standalone", "{}", "Begin.\n{{!\nSomething's going on here...\n}}\nEnd.\n", "Begin.\nEnd.\n", NULL},
        {"indented inline", "{}", "  12 {{! 34 }}\n", "  12 \n", NULL},
        {"surrounding whitespace", "{}", "12345 {{! Comment Block! }} 67890", "12345  67890", NULL},
    };
    CHECK_ALL(cases);
}

static void test_interpolation(void **state)
{
    (void)state;
    static const struct render_case cases[] = {
        {"no interpolation", "{}", "Hello from {Mustache}!\n", "Hello from {Mustache}!\n", NULL},
        {"basic", "{\"subject\":\"world\"}", "Hello, {{subject}}!\n", "Hello, world!\n", NULL},
        {"no re-interpolation", "{\"t\":\"{{planet}}\",\"planet\":\"Earth\"}", "{{t}}: {{planet}}", "{{planet}}: Earth", NULL},
        {"escaping", "{\"f\":\"& \\\" < >\"}", "These: {{f}}", "These: &amp; &quot; &lt; &gt;", NULL},
        {"apostrophe", "{\"f\":\"'\"}", "{{f}}", "&#39;", NULL},
        {"integer", "{\"mph\":85}", "\"{{mph}} miles an hour!\"", "\"85 miles an hour!\"", NULL},
        {"big integer", "{\"n\":9007199254740991}", "{{n}}", "9007199254740991", NULL},
        {"decimal", "{\"power\":1.21}", "\"{{power}} jiggawatts!\"", "\"1.21 jiggawatts!\"", NULL},
        {"null", "{\"cannot\":null}", "I ({{cannot}}) be seen!", "I () be seen!", NULL},
        {"context miss", "{}", "I ({{cannot}}) be seen!", "I () be seen!", NULL},
        {"dotted", "{\"person\":{\"name\":\"Joe\"}}", "\"{{person.name}}\"", "\"Joe\"", NULL},
        {"dotted, arbitrary depth", "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"name\":\"Phil\"}}}}}}", "{{a.b.c.d.e.name}}", "Phil", NULL},
        {"dotted, broken chain", "{\"a\":{}}", "\"{{a.b.c}}\" == \"\"", "\"\" == \"\"", NULL},
        {"dotted, broken chain resolution", "{\"a\":{\"b\":{}},\"c\":{\"name\":\"Jim\"}}", "\"{{a.b.c.name}}\"", "\"\"", NULL},
        {"dotted, initial resolution",
         "{\"a\":{\"b\":{\"name\":\"Phil\"}},\"b\":{\"name\":\"Wrong\"}}", "{{#a}}{{b.name}}{{/a}}", "Phil", NULL},
        {"dotted, context precedence", "{\"a\":{\"b\":{}},\"b\":{\"c\":\"ERROR\"}}", "{{#a}}{{b.c}}{{/a}}", "", NULL},
        {"implicit iterator", "{\"l\":[\"a\",1]}", "{{#l}}({{.}}){{/l}}", "(a)(1)", NULL},
        {"surrounding whitespace", "{\"s\":\"---\"}", "| {{s}} |", "| --- |", NULL},
        {"standalone", "{\"s\":\"---\"}", "  {{s}}\n", "  ---\n", NULL},
        {"padding", "{\"s\":\"---\"}", "|{{ s }}|", "|---|", NULL},
        {"null hides the outer one", "{\"x\":\"outer\",\"in\":{\"x\":null}}", "{{#in}}[{{x}}]{{/in}}", "[]", NULL},
        {"a name may begin with _", "{\"_x\":1}", "{{_x}}", "1", NULL},
    };
    CHECK_ALL(cases);
}

static void test_sections(void **state)
{
    (void)state;
    static const struct render_case cases[] = {
        {"truthy", "{\"boolean\":true}", "\"{{#boolean}}This should be rendered.{{/boolean}}\"", "\"This should be rendered.\"", NULL},
        {"falsey", "{\"boolean\":false}", "\"{{#boolean}}not{{/boolean}}\"", "\"\"", NULL},
        {"null is falsey", "{\"null\":null}", "\"{{#null}}not{{/null}}\"", "\"\"", NULL},
        {"zero and empty text are falsey", "{\"z\":0,\"e\":\"\"}", "{{#z}}z{{/z}}{{#e}}e{{/e}}{{^z}}Z{{/z}}{{^e}}E{{/e}}", "ZE", NULL},
        {"context", "{\"context\":{\"name\":\"Joe\"}}", "{{#context}}Hi {{name}}.{{/context}}", "Hi Joe.", NULL},
        {"parent contexts", "{\"a\":\"foo\",\"b\":\"wrong\",\"sec\":{\"b\":\"bar\"},\"c\":{\"d\":\"baz\"}}",
         "{{#sec}}{{a}}, {{b}}, {{c.d}}{{/sec}}", "foo, bar, baz", NULL},
        {"variable test", "{\"foo\":\"bar\"}", "{{#foo}}{{.}} is {{foo}}{{/foo}}", "bar is bar", NULL},
        {"list", "{\"list\":[{\"item\":1},{\"item\":2},{\"item\":3}]}", "{{#list}}{{item}}{{/list}}", "123", NULL},
        {"empty list", "{\"list\":[]}", "[{{#list}}Yay lists!{{/list}}]", "[]", NULL},
        {"doubled", "{\"bool\":true,\"two\":\"second\"}",
         "{{#bool}}\n* first\n{{/bool}}\n* {{two}}\n{{#bool}}\n* third\n{{/bool}}\n", "* first\n* second\n* third\n", NULL},
        {"nested truthy", "{\"bool\":true}", "| A {{#bool}}B {{#bool}}C{{/bool}} D{{/bool}} E |", "| A B C D E |", NULL},
        {"nested falsey", "{\"bool\":false}", "| A {{#bool}}B {{#bool}}C{{/bool}} D{{/bool}} E |", "| A  E |", NULL},
        {"context misses", "{}", "[{{#missing}}Found{{/missing}}]", "[]", NULL},
        {"nested array", "{\"list\":[[1,2],[3]]}", "{{#list}}({{#.}}{{.}}{{/.}}){{/list}}", "(12)(3)", NULL},
        {"dotted truthy", "{\"a\":{\"b\":{\"c\":true}}}", "{{#a.b.c}}Here{{/a.b.c}}", "Here", NULL},
        {"surrounding whitespace", "{\"boolean\":true}", " | {{#boolean}}\t|\t{{/boolean}} | \n", " | \t|\t | \n", NULL},
        {"internal whitespace", "{\"boolean\":true}", " | {{#boolean}} {{! Important Whitespace }}\n {{/boolean}} | \n",
         " |  \n  | \n", NULL},
        {"indented inline", "{\"boolean\":true}", " {{#boolean}}YES{{/boolean}}\n {{#boolean}}GOOD{{/boolean}}\n", " YES\n GOOD\n", NULL},
        {"standalone lines", "{\"boolean\":true}", "| This Is\n{{#boolean}}\n|\n{{/boolean}}\n| A Line\n", "| This Is\n|\n| A Line\n", NULL},
        {"indented standalone lines", "{\"boolean\":true}", "| This Is\n  {{#boolean}}\n|\n  {{/boolean}}\n| A Line\n",
         "| This Is\n|\n| A Line\n", NULL},
        {"standalone line endings", "{\"boolean\":true}", "|\r\n{{#boolean}}\r\n{{/boolean}}\r\n|", "|\r\n|", NULL},
        {"standalone without previous line", "{\"boolean\":true}", "  {{#boolean}}\n#{{/boolean}}\n/", "#\n/", NULL},
        {"standalone without newline", "{\"boolean\":true}", "#{{#boolean}}\n/\n  {{/boolean}}", "#\n/\n", NULL},
        {"padding", "{\"boolean\":true}", "|{{# boolean }}={{/ boolean }}|", "|=|", NULL},
        {"inverted falsey", "{\"boolean\":false}", "\"{{^boolean}}rendered{{/boolean}}\"", "\"rendered\"", NULL},
        {"inverted truthy", "{\"boolean\":true}", "\"{{^boolean}}rendered{{/boolean}}\"", "\"\"", NULL},
        {"inverted list", "{\"list\":[{\"n\":1}]}", "[{{^list}}no{{/list}}]", "[]", NULL},
        {"inverted empty list", "{\"list\":[]}", "[{{^list}}none{{/list}}]", "[none]", NULL},
        {"inverted missing", "{}", "[{{^missing}}none{{/missing}}]", "[none]", NULL},
        {"inverted standalone", "{\"boolean\":false}", "| This Is\n{{^boolean}}\n|\n{{/boolean}}\n| A Line\n", "| This Is\n|\n| A Line\n", NULL},
    };
    CHECK_ALL(cases);
}

static void test_partials(void **state)
{
    (void)state;
    static const struct render_case cases[] = {
        {"basic", "{}", "\"{{>partial}}\"", "\"from partial\"", "from partial"},
        {"context", "{\"text\":\"content\"}", "\"{{>partial}}\"", "\"*content*\"", "*{{text}}*"},
        {"recursion", "{\"content\":\"X\",\"nodes\":[{\"content\":\"Y\",\"nodes\":[]}]}", "{{>partial}}", "X(Y())",
         "{{content}}({{#nodes}}{{>partial}}{{/nodes}})"},
        {"surrounding whitespace", "{}", "| {{>partial}} |", "| \t|\t |", "\t|\t"},
        {"inline indentation", "{\"data\":\"|\"}", "  {{data}}  {{> partial}}\n", "  |  >\n>\n", ">\n>"},
        {"standalone line endings", "{}", "|\r\n{{>partial}}\r\n|", "|\r\n>|", ">"},
        {"standalone without previous line", "{}", "  {{>partial}}\n>", "  >\n  >>", ">\n>"},
        {"standalone without newline", "{}", ">\n  {{>partial}}", ">\n  >\n  >", ">\n>"},
        {"standalone indentation", "{\"content\":\"(\\n-)\"}", "\\\n {{>partial}}\n/\n", "\\\n |\n (\n-)\n |\n/\n", "|\n{{content}}\n|\n"},
        {"padding", "{\"boolean\":true}", "|{{> partial }}|", "|[]|", "[]"},
        {"sections in an indented partial", "{\"l\":[1,2]}", "<ul>\n  {{> partial}}\n</ul>\n",
         "<ul>\n  <li>1\n  <li>2\n</ul>\n", "{{#l}}\n<li>{{.}}\n{{/l}}\n"},
    };
    CHECK_ALL(cases);
}

static void test_places(void **state)
{
    (void)state;
    static const struct render_case cases[] = {
        {"attribute", "{\"x\":\"\\\" onload='e' a=\\\"\"}", "<p title=\"{{x}}\">", "<p title=\"&quot; onload=&#39;e&#39; a=&quot;\">", NULL},
        {"own path", "{\"x\":\"/chat/1?a=1&b=2\"}", "<a href=\"{{x}}\">", "<a href=\"/chat/1?a=1&amp;b=2\">", NULL},
        {"script address", "{\"x\":\"javascript:alert(1)\"}", "<a href=\"{{x}}\">", "<a href=\"#\">", NULL},
        {"script address with a tab", "{\"x\":\"\\tjavascript:alert(1)\"}", "<a href=\"{{x}}\">", "<a href=\"#\">", NULL},
        {"other host", "{\"x\":\"//evil.example\"}", "<a href=\"{{x}}\">", "<a href=\"#\">", NULL},
        {"other host by a tab", "{\"x\":\"/\\t/evil.example\"}", "<a href=\"{{x}}\">", "<a href=\"#\">", NULL},
        {"other host by backslash", "{\"x\":\"/\\\\evil.example\"}", "<a href=\"{{x}}\">", "<a href=\"#\">", NULL},
        {"part of an address", "{\"x\":\"a/b?c&가\"}", "<a href=\"/x?q={{x}}\">", "<a href=\"/x?q=a%2Fb%3Fc%26%EA%B0%80\">", NULL},
        {"section inside a tag", "{\"on\":true}", "<input {{#on}}checked{{/on}} name=\"a\">", "<input checked name=\"a\">", NULL},
        {"class by section", "{\"own\":true}", "<li class=\"msg{{#own}} own{{/own}}\">", "<li class=\"msg own\">", NULL},
        {"own markup", "{\"svg_raw_markup\":\"<svg></svg>\"}", "<p>{{&svg_raw_markup}}</p>", "<p><svg></svg></p>", NULL},
        {"behind a script", "{\"x\":\"<\"}", "<script src=\"/a.js\"></script><p>{{x}}</p>", "<script src=\"/a.js\"></script><p>&lt;</p>", NULL},
        {"behind a comment", "{\"x\":\"<\"}", "<!-- it's > here --><p>{{x}}</p>", "<!-- it's > here --><p>&lt;</p>", NULL},
    };
    CHECK_ALL(cases);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason; /* a piece of it */
    } cases[] = {
        {"<script>var x = '{{x}}';</script>", "1: a hole inside <script>"},
        {"<SCRIPT>{{x}}</SCRIPT>", "<script>"},
        {"<script>{{#x}}1{{/x}}</script>", "section inside"},
        {"<style>\np{color:{{x}}}</style>", "2: a hole inside"},
        {"<script src=\"{{x}}\"></script>", "attribute of <script>"},
        {"<p title={{x}}>", "without quotes"},
        {"<p {{x}}>", "inside a tag"},
        {"<{{x}}>", "inside a tag"},
        {"<p onclick=\"{{x}}\">", "that is code"},
        {"<p style=\"{{x}}\">", "that is code"},
        {"<!-- {{x}} -->", "comment"},
        {"<p>{{{x}}}</p>", "no {{{x}}}"},
        {"<p>{{&x}}</p>", "_raw_markup"},
        {"<p title=\"{{&x_raw_markup}}\">", "inside a tag"},
        {"{{=<% %>=}}", "delimiters"},
        {"{{#a}}{{#b}}{{/a}}{{/b}}", "another section"},
        {"a\nb{{#a}}\n", "2: section a is never closed"},
        {"{{/a}}", "was not open"},
        {"{{a", "without }}"},
        {"{{a b}}", "no name"},
        {"{{a..b}}", "no name"},
        {"{{}}", "no name"},
        {"{{@nothing x}}", "does not exist"},
        {"{{> absent}}", "no partial absent"},
        {"<p title=\"{{> partial}}\">", "between elements"},
        {"<p title=\"", "ends inside"},
        {"<a href=\"{{_ Home}}\">", "in an address"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct template_source source = {.name = "main", .text = cases[i].text, .len = strlen(cases[i].text)};
        struct buf why = BUF_INIT;
        struct template_set *set = template_read(&source, 1, &why);
        if (set || !strstr(buf_str(&why), cases[i].reason))
            fail_msg("[%s]: %s, want %s", cases[i].text, set ? "taken" : buf_str(&why), cases[i].reason);
        buf_free(&why);
    }
}

static void test_depth(void **state)
{
    (void)state;
    static const struct template_source sources[] = {{.name = "main", .text = "a{{> main}}", .len = 11}};
    struct buf why = BUF_INIT, out = BUF_INIT;
    struct template_set *set = template_read(sources, 1, &why);
    assert_non_null(set);
    struct json_object *data = json_object_new_object();
    assert_false(template_render(set, "main", data, LANG_EN, &out));
    assert_true(out.len <= TEMPLATE_DEPTH + 1);
    assert_false(template_render(set, "absent", data, LANG_EN, &out));
    json_object_put(data);
    template_set_free(&set);
    buf_free(&out);
    buf_free(&why);
}

static void test_texts(void **state)
{
    (void)state;
    static const struct render_case cases[] = {
        {"plain", "{}", "<p>{{_ Not in any catalogue}}</p>", "<p>Not in any catalogue</p>", NULL},
        {"filled and escaped", "{\"n\":{\"x\":\"<b>\"}}", "{{_ Chat with {n.x}}}!", "Chat with &lt;b&gt;!", NULL},
        {"unknown stays", "{}", "{{_ a {b} {c }}", "a {b} {c", NULL},
        {"kept for a script", "{\"n\":1}", "<p data-t=\"{{__ {n} \"new\" ones}}\">", "<p data-t=\"{n} &quot;new&quot; ones\">", NULL},
        {"over lines", "{}", "{{_ one\n   two}}", "one two", NULL},
        {"braces in a row", "{\"n\":1}", "{{_ {n}}}{{n}}", "11", NULL},
    };
    CHECK_ALL(cases);
    struct buf out = BUF_INIT;
    struct json_object *args = json_tokener_parse("{\"name\":\"<김>\"}");
    template_fill(&out, "{name}님이 {other} {", args);
    assert_string_equal(buf_str(&out), "<김>님이 {other} {");
    json_object_put(args);
    buf_free(&out);
}

static void test_formats(void **state)
{
    (void)state;
    static const struct {
        const char *data, *text;
        const char *ko, *en;
    } cases[] = {
        {"{\"t\":\"2026-11-22T06:05:09.123Z\"}", "{{@clock t}}", "오후 3:05", "3:05 PM"},
        {"{\"t\":\"2026-11-21T15:00:00.000Z\"}", "{{@clock t}}", "오전 12:00", "12:00 AM"},
        {"{\"t\":\"2026-11-22T03:00:00.000Z\"}", "{{@clock t}}", "오후 12:00", "12:00 PM"},
        {"{\"t\":\"2026-11-22T06:05:09.123Z\"}", "{{@day t}}", "2026년 11월 22일 일요일", "Sunday, November 22, 2026"},
        {"{\"t\":\"2026-11-21T15:30:00.000Z\"}", "{{@date t}}", "2026-11-22", "2026-11-22"},
        {"{\"t\":\"2026-11-22T06:05:09.123Z\"}", "{{@short t}}", "11. 22. 오후 3:05", "Nov 22, 3:05 PM"},
        {"{\"t\":1795327509123}", "{{@stamp t}}", "오후 3:05:09", "3:05:09 PM"},
        {"{\"t\":\"yesterday\"}", "[{{@clock t}}]", "[]", "[]"},
        {"{\"t\":null}", "[{{@clock t}}]", "[]", "[]"},
        {"{\"s\":220}", "{{@span s}}", "3:40", "3:40"},
        {"{\"s\":3723}", "{{@span s}}", "1:02:03", "1:02:03"},
        {"{\"s\":-3}", "{{@span s}}", "0:00", "0:00"},
        {"{\"b\":126976}", "{{@size b}}", "124 KB", "124 KB"},
        {"{\"b\":2621440}", "{{@size b}}", "2.5 MB", "2.5 MB"},
        {"{\"n\":\"김하늘\"}", "{{@first n}}", "김", "김"},
        {"{\"n\":\"emma\"}", "{{@first n}}", "E", "E"},
        {"{\"n\":\"\"}", "[{{@first n}}]", "[]", "[]"},
        {"{\"n\":\"<b>\"}", "{{@first n}}", "&lt;", "&lt;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct template_source source = {.name = "main", .text = cases[i].text, .len = strlen(cases[i].text)};
        struct buf why = BUF_INIT, ko = BUF_INIT, en = BUF_INIT;
        struct template_set *set = template_read(&source, 1, &why);
        assert_non_null(set);
        struct json_object *data = json_tokener_parse(cases[i].data);
        assert_true(template_render(set, "main", data, LANG_KO, &ko));
        assert_true(template_render(set, "main", data, LANG_EN, &en));
        assert_string_equal(buf_str(&ko), cases[i].ko);
        assert_string_equal(buf_str(&en), cases[i].en);
        json_object_put(data);
        template_set_free(&set);
        buf_free(&why);
        buf_free(&ko);
        buf_free(&en);
    }
}

/* What we ship must be taken: a wrong template would stop every program at its start. */
static void test_our_pages(void **state)
{
    (void)state;
    struct buf dir = BUF_INIT, why = BUF_INIT, out = BUF_INIT;
    const char *srcdir = getenv("srcdir");
    buf_printf(&dir, "%s/templates", srcdir ? srcdir : ".");
    struct template_set *set = template_load(buf_str(&dir), &why);
    if (!set)
        fail_msg("%s", buf_str(&why));
    struct json_object *data = json_tokener_parse("{\"lang\":\"ko\",\"siteName\":\"<달빛>\"}");
    assert_true(template_render(set, "signin", data, LANG_KO, &out));
    assert_non_null(strstr(buf_str(&out), "&lt;달빛&gt;"));
    assert_null(strstr(buf_str(&out), "{{"));
    json_object_put(data);
    template_set_free(&set);
    assert_null(template_load("/nonexistent", &why));
    buf_free(&dir);
    buf_free(&why);
    buf_free(&out);
}

int main(void)
{
    setenv("TZ", "KST-9", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comments),  cmocka_unit_test(test_interpolation), cmocka_unit_test(test_sections),
        cmocka_unit_test(test_partials),  cmocka_unit_test(test_places),        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_depth),     cmocka_unit_test(test_texts),         cmocka_unit_test(test_formats),
        cmocka_unit_test(test_our_pages),
    };
    return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
