#include "t/unit/unit.h"

#include <string.h>

#include "lib/chat/mail_text.h"

static void test_header(void **state)
{
    static const struct {
        const char *value, *line;
    } rows[] = {
        {"plain", "Subject: plain"},
        {"", "Subject: "},
        {"답변", "Subject: =?UTF-8?B?64u167OA?="},
        {"=?UTF-8?B?x?=", "Subject: =?UTF-8?B?PT9VVEYtOD9CP3g/PQ==?="}, /* what looks like an encoded word is text */
        {"a\r\nBcc: b", "Subject: a  Bcc: b"},
        {"가나다라마바사아자차카타파하", "Subject: =?UTF-8?B?6rCA64KY64uk652866eI67CU7IKs7JWE7J6Q7LCo7Lm07YOA7YyM?=\r\n =?UTF-8?B?7ZWY?="}, /* cut between characters */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = BUF_INIT;

        mail_text_header(&out, "Subject", rows[i].value);
        assert_string_equal(buf_str(&out), rows[i].line);
        buf_free(&out);
    }
}

static void test_letter(void **state)
{
    const struct mail_text mail = {.from = "chat@example.org", .from_name = "Shop, Inc.", .to = "mina@example.com", .subject = "Hi", .text = "a\nb\r\n",
                                   .message_id = "1@example.org", .date_ms = INT64_C(1795420800000)};
    struct buf out = BUF_INIT;

    (void)state;
    mail_text_write(&out, &mail);
    assert_string_equal(buf_str(&out), "Date: Mon, 23 Nov 2026 08:00:00 +0000\r\n"
                                       "From: =?UTF-8?B?U2hvcCwgSW5jLg==?= <chat@example.org>\r\n"
                                       "To: <mina@example.com>\r\n"
                                       "Subject: Hi\r\n"
                                       "Message-ID: <1@example.org>\r\n"
                                       "MIME-Version: 1.0\r\n"
                                       "Content-Type: text/plain; charset=UTF-8\r\n"
                                       "Content-Transfer-Encoding: base64\r\n"
                                       "Auto-Submitted: auto-generated\r\n"
                                       "\r\n"
                                       "YQ0KYg0K\r\n");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_header), cmocka_unit_test(test_letter)};
    return unit_run(tests);
}
