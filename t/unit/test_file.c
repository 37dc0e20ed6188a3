/* Names, types and image sizes of uploaded files. */
#include "config.h"

#include "t/unit/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/chat/attachment.h"
#include "lib/chat/file_type.h"
#include "lib/chat/image_size.h"

#define BYTES(literal) {literal, sizeof(literal) - 1}

struct bytes {
    const char *p;
    size_t n;
};

static const struct bytes png = BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x40\0\0\0\xf0\x08\x02\0\0\0\0\0\0\0");
static const struct bytes gif = BYTES("GIF89a\x40\x01\xf0\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02" "D\x01\0;");
static const struct bytes jpeg = BYTES("\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xff\xc0\0\x11\x08\0\xf0\x01\x40\x03\x01\x22\0\x02\x11\x01\x03\x11\x01");
static const struct bytes webp_lossy = BYTES("RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0\x30\x01\0\x9d\x01\x2a\x40\x01\xf0\0\x02\x00\x34\x25\xa4\0\x03\x70\0\xfe");
static const struct bytes webp_lossless = BYTES("RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2f\x3f\xc1\x3b\x00\x07\x10\xfd\x8f\xfe\x07\x22\xa2\xff\x01\0\0\0");
static const struct bytes webp_extended = BYTES("RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\x3f\x01\0\xef\0\0\0\0\0\0\0\0");
static const struct bytes pdf = BYTES("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n");
static const struct bytes elf = BYTES("\x7f" "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
static const struct bytes zip = BYTES("PK\x03\x04\x14\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0a.txt");
static const struct bytes docx = BYTES("PK\x03\x04\x14\0\0\0\0\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\x13\0\0\0[Content_Types].xml");
static const struct bytes text = BYTES("주문 번호는 1234 입니다.\r\n");
static const struct bytes korean = BYTES("\xc1\xd6\xb9\xae, 1234\r\n"); /* EUC-KR */
static const struct bytes html = BYTES("<!DOCTYPE html><html><script>alert(1)</script></html>");
static const struct bytes svg = BYTES("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>");
static const struct bytes script = BYTES("#!/bin/sh\necho\n");
static const struct bytes comment = BYTES("<!-- x --><svg/>");
static const struct bytes heic = BYTES("\0\0\0\x18" "ftypheic\0\0\0\0mif1heic\0\0\1\0meta");
static const struct bytes mp4 = BYTES("\0\0\0\x18" "ftypmp42\0\0\0\0mp42isom\0\0\1\0moov");
static const struct bytes mp3 = BYTES("ID3\3\0\0\0\0\0\0\xff\xfb\x90\x64\0\0\0\0\0\0\0\0\0\0");
static const struct bytes hwp = BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0>\0\x03\0\xfe\xff\x09\0");

static const char *type(const char *name, struct bytes b)
{
    const char *found = file_type_find(name, strlen(name), (const uint8_t *)b.p, b.n);

    return found ? found : "none";
}

static void test_types_that_agree(void **state)
{
    (void)state;
    assert_string_equal(type("a.png", png), "image/png");
    assert_string_equal(type("A.PNG", png), "image/png");
    assert_string_equal(type("a.b.c.gif", gif), "image/gif");
    assert_string_equal(type("사진.jpeg", jpeg), "image/jpeg");
    assert_string_equal(type("a.jpg", jpeg), "image/jpeg");
    assert_string_equal(type("a.webp", webp_lossy), "image/webp");
    assert_string_equal(type("a.pdf", pdf), "application/pdf");
    assert_string_equal(type("a.zip", zip), "application/zip");
    assert_string_equal(type("a.docx", docx), "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    assert_string_equal(type("a.hwp", hwp), "application/x-hwp");
    assert_string_equal(type("a.txt", text), "text/plain");
    assert_string_equal(type("a.txt", korean), "text/plain");
    assert_string_equal(type("a.csv", text), "text/csv");
    assert_string_equal(type("IMG_0001.HEIC", heic), "image/heic");
    assert_string_equal(type("a.mp4", mp4), "video/mp4");
    assert_string_equal(type("a.mp3", mp3), "audio/mpeg");
    assert_string_equal(type("v1.aspirin.php-notes.txt", text), "text/plain");
}

/* What libmagic takes for something else is text all the same. */
static void test_texts(void **state)
{
    static const char *const texts[] = {"{\"a\":1}", "1\n00:00:01,000 --> 00:00:02,000\nhi\n", "From: a@b\nSubject: x\n\nhi", "[a]\r\nb=c\r\n", "%!PS-Adobe\nx",
                                        "BEGIN:VCARD\nVERSION:3.0\n", "주문 <b>번호</b> <html>", "int main(void)\n{\n}\n"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (!file_type_find("a.txt", 5, (const uint8_t *)texts[i], strlen(texts[i])))
            fail_msg("refused: %s", texts[i]);
    }
}

static void test_names_without_extension(void **state)
{
    (void)state;
    assert_string_equal(type("../../etc/x", png), "image/png");
    assert_string_equal(type("C:\\x", text), "text/plain");
    assert_string_equal(type("con", text), "text/plain");
    assert_string_equal(type(".htaccess", text), "text/plain");
    assert_string_equal(type("-rf", gif), "image/gif");
    assert_string_equal(type("", png), "image/png");
    assert_string_equal(type("x", elf), "none");
    assert_string_equal(type("x", html), "none");
}

static void test_types_that_do_not_agree(void **state)
{
    (void)state;
    assert_string_equal(type("a.png", elf), "none");
    assert_string_equal(type("a.png", zip), "none");
    assert_string_equal(type("a.png", jpeg), "none");
    assert_string_equal(type("a.png", text), "none");
    assert_string_equal(type("a.docx", zip), "none");
    assert_string_equal(type("a.pdf", html), "none");
    assert_string_equal(type("a.txt", html), "none");
    assert_string_equal(type("a.txt", svg), "none");
    assert_string_equal(type("a.txt", script), "none");
    assert_string_equal(type("a.txt", comment), "none");
    assert_string_equal(type("a.heic", mp4), "none");
    assert_string_equal(type("a.heic", png), "none");
#ifdef HAVE_MAGIC
    assert_string_equal(type("a.txt", (struct bytes)BYTES("@echo off\r\ndel x\r\n")), "none");
#endif
    assert_string_equal(type("a.txt", png), "none");
    assert_string_equal(type("a.csv", elf), "none");
}

static void test_forbidden_extensions(void **state)
{
    static const char *const names[] = {"a.html",    "a.htm",      "a.svg",      "a.xml",       "a.phtml",   "a.php",      "a.php5",       "a.jpg.php", "a.php.jpg", "a.php%00.jpg",
                                        "a.PHP.jpg", "a.phar.png", "a.asp;.jpg", "a.aspx.jpg",  "a.jsp.jpg", "a.exe.jpg",  "a.html.txt",   "a.exe",     "a.js",      "a.sh",
                                        "a.jpg ",    "a.unknown",  "a.xhtml",    "a.shtml.png", "a.svg.png", "a.jpg.php.", "x.php/../a.hta", "a.cgi.gif"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct bytes *b = strstr(names[i], "png") ? &png : strstr(names[i], "txt") ? &text : strstr(names[i], "gif") ? &gif : &jpeg;
        const char *found = type(names[i], *b);

        if (strcmp(found, "none") != 0 && strcmp(names[i], "a.jpg ") != 0)
            fail_msg("%s is %s", names[i], found);
    }
    assert_null(file_type_find("a.php\0.jpg", 10, (const uint8_t *)jpeg.p, jpeg.n));
}

static void assert_size(struct bytes b, int32_t width, int32_t height)
{
    int32_t w = -1, h = -1;

    assert_true(image_size((const uint8_t *)b.p, b.n, &w, &h));
    assert_int_equal(w, width);
    assert_int_equal(h, height);
}

static void test_image_sizes(void **state)
{
    static const struct bytes bomb = BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\x02\0\0\0");

    (void)state;
    assert_size(png, 320, 240);
    assert_size(gif, 320, 240);
    assert_size(jpeg, 320, 240);
    assert_size(webp_lossy, 320, 240);
    assert_size(webp_lossless, 320, 240);
    assert_size(webp_extended, 320, 240);
    assert_size(bomb, 30000, 30000);
}

/* No cut of a header is read behind its end: each is its own block, so that a sanitizer sees it. */
static void test_cut_images(void **state)
{
    const struct bytes all[] = {png, gif, jpeg, webp_lossy, webp_lossless, webp_extended};

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++) {
        for (size_t n = 0; n < all[i].n; n++) {
            uint8_t *cut = malloc(n ? n : 1);
            int32_t w, h;

            assert_non_null(cut);
            memcpy(cut, all[i].p, n);
            if (image_size(cut, n, &w, &h))
                assert_int_equal(w, 320);
            free(cut);
        }
    }
}

static void test_broken_images(void **state)
{
    static const struct bytes broken[] = {BYTES("\xff\xd8\xff\xda\0\x02"), BYTES("\xff\xd8\xff\xe0\0\0\xff\xe0\0\0"), BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0\x08"),
                                          BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\0\0\0\x01\x08"), BYTES("\xff\xd8\xff\xff\xff\xff\xff\xff"), BYTES("")};
    int32_t w, h;

    (void)state;
    for (size_t i = 0; i < COUNT(broken); i++)
        assert_false(image_size((const uint8_t *)broken[i].p, broken[i].n, &w, &h));
}

static void test_safe_images(void **state)
{
    struct attachment_info info = {.width = 320, .height = 240, .content_type = "image/png"};

    (void)state;
    assert_true(attachment_is_safe_image(&info));
    info.width = info.height = 30000;
    assert_false(attachment_is_safe_image(&info));
    info.width = info.height = 0;
    assert_false(attachment_is_safe_image(&info));
    info = (struct attachment_info){.width = 1, .height = 1, .content_type = "image/svg+xml"};
    assert_false(attachment_is_safe_image(&info));
}

static void assert_clean(const char *name, size_t n, const char *expected)
{
    char out[FILE_NAME_SIZE];

    attachment_clean_name(name, n, out);
    assert_string_equal(out, expected);
}

static void test_clean_names(void **state)
{
    static const struct {
        struct bytes name;
        const char *clean;
    } rows[] = {
        {BYTES("a.png"), "a.png"},
        {BYTES("내 사진.png"), "내 사진.png"},
        {BYTES("../../etc/x"), "x"},
        {BYTES("C:\\dir\\x.txt"), "x.txt"},
        {BYTES("C:\\x"), "x"},
        {BYTES("con"), "_con"},
        {BYTES("CON.png"), "_CON.png"},
        {BYTES("com1.txt"), "_com1.txt"},
        {BYTES("concert.png"), "concert.png"},
        {BYTES(".htaccess"), "htaccess"},
        {BYTES("-rf.txt"), "rf.txt"},
        {BYTES("a\r\nSet-Cookie: x=1.png"), "a__Set-Cookie_ x=1.png"},
        {BYTES("a\";b.png"), "a_;b.png"},
        {BYTES("a\xe2\x80\xae" "gpj.exe"), "agpj.exe"},
        {BYTES("a\0b.png"), "a_b.png"},
        {BYTES("a\xff" "b\xc3.png"), "a_b_.png"},
        {BYTES(""), "file"},
        {BYTES("..."), "file"},
        {BYTES("///"), "file"},
        {BYTES("\xe2\x80\x8b"), "file"},
        {BYTES("a. . "), "a"},
        {BYTES("a\xe3\x80\x80" "b"), "a b"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_clean(rows[i].name.p, rows[i].name.n, rows[i].clean);
}

static void test_long_names_are_cut(void **state)
{
    char name[5000], out[FILE_NAME_SIZE];

    (void)state;
    memset(name, 'a', 300);
    memcpy(name + 300, ".png", 5);
    attachment_clean_name(name, 304, out);
    assert_int_equal(strlen(out), 255);
    assert_string_equal(out + 251, ".png");
    for (size_t i = 0; i < 300; i += 3)
        memcpy(name + i, "가", 3);
    attachment_clean_name(name, 304, out);
    assert_true(strlen(out) <= 255);
    assert_string_equal(out + strlen(out) - 7, "가.png");
    /* a device's name, whose _ must not cut a character */
    memcpy(name, "con.", 4);
    for (size_t i = 4; i + 3 <= 400; i += 3)
        memcpy(name + i, "가", 3);
    attachment_clean_name(name, 400, out);
    assert_true(strlen(out) <= 255 && utf8_is_valid(out, strlen(out)));
    assert_memory_equal(out, "_con.", 5);
    memset(name, 'a', sizeof(name));
    attachment_clean_name(name, sizeof(name), out);
    assert_int_equal(strlen(out), 255);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_that_agree),    cmocka_unit_test(test_texts), cmocka_unit_test(test_names_without_extension), cmocka_unit_test(test_types_that_do_not_agree),
        cmocka_unit_test(test_forbidden_extensions), cmocka_unit_test(test_image_sizes),            cmocka_unit_test(test_cut_images),
        cmocka_unit_test(test_broken_images),        cmocka_unit_test(test_safe_images),            cmocka_unit_test(test_clean_names),
        cmocka_unit_test(test_long_names_are_cut),
    };

    return unit_run(tests);
}
