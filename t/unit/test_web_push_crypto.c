#include "t/unit/unit.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/chat/web_push_crypto.h"
#include "lib/chat/web_push_send.h"

/* RFC 8291 section 5. */
static void test_rfc_8291(void **state)
{
    static const char plain[] = "When I grow up, I want to be a watermelon";
    struct web_push_key sender;
    uint8_t to[WEB_PUSH_PUBLIC], auth[WEB_PUSH_AUTH], salt[WEB_PUSH_SALT];
    struct buf body = BUF_INIT, text = BUF_INIT;

    (void)state;
    if (!web_push_is_built())
        skip();
    assert_true(web_push_decode("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", to, sizeof to));
    assert_true(web_push_decode("BTBZMqHH6r4Tts7J_aSIgg", auth, sizeof auth));
    assert_true(web_push_decode("DGv6ra1nlYgDCS1FRnbzlw", salt, sizeof salt));
    assert_true(web_push_key_read("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8", "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
                                  &sender));
    assert_true(web_push_encrypt(to, auth, &sender, salt, plain, strlen(plain), &body));
    web_push_encode(&text, (const uint8_t *)body.p, body.len);
    assert_string_equal(buf_str(&text), "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
                                        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
    buf_free(&body);
    buf_free(&text);
}

static void test_refused(void **state)
{
    struct web_push_key key, other;
    uint8_t point[WEB_PUSH_PUBLIC] = {4}, auth[WEB_PUSH_AUTH] = {0}, salt[WEB_PUSH_SALT] = {0};
    struct buf out = BUF_INIT, a = BUF_INIT, b = BUF_INIT;

    (void)state;
    if (!web_push_is_built())
        skip();
    assert_true(web_push_key_new(&key) && web_push_key_new(&other));
    assert_false(web_push_encrypt(point, auth, &key, salt, "x", 1, &out)); /* no point of the curve */
    assert_int_equal(out.len, 0);
    assert_false(web_push_encrypt(other.public, auth, &key, salt, "x", WEB_PUSH_PLAIN_MAX + 1, &out));
    web_push_encode(&a, key.public, sizeof key.public);
    web_push_encode(&b, other.private, sizeof other.private);
    assert_false(web_push_key_read(buf_str(&a), buf_str(&b), &other)); /* of two pairs */
    assert_false(web_push_decode("AAA", auth, sizeof auth));
    assert_false(web_push_decode("DGv6ra1nlYgDCS1FRnbzlw==", auth, sizeof auth));
    assert_false(web_push_decode("DGv6ra1nlYgDCS1FRnbz+w", auth, sizeof auth));
    buf_free(&a);
    buf_free(&b);
    buf_free(&out);
}

static void test_endpoints(void **state)
{
    static const struct {
        const char *endpoint;
        bool is_good;
    } rows[] = {
        {"https://fcm.googleapis.com/fcm/send/abc:def", true},
        {"https://updates.push.services.mozilla.com:443/wpush/v2/x?y", true},
        {"https://8.8.8.8/x", true},
        {"http://fcm.googleapis.com/x", false},
        {"https://localhost/x", false},
        {"https://127.0.0.1/x", false},
        {"https://10.1.2.3/x", false},
        {"https://172.31.0.1/x", false},
        {"https://192.168.1.1:8443/", false},
        {"https://169.254.169.254/latest/meta-data", false},
        {"https://100.64.0.1/", false},
        {"https://[::1]/", false},
        {"https://[fd00::1]/", false},
        {"https://[fe80::1]/", false},
        {"https://[::ffff:127.0.0.1]/", false},
        {"https://[64:ff9b::7f00:1]/", false},
        {"https://[2002:7f00:1::]/", false},
        {"https://[2001:4860:4860::8888]/", true},
        {"https://a.example@10.0.0.1/", false},
        {"https://a.example\\@10.0.0.1/", false},
        {"https:///x", false},
        {"https://a.example/ x", false},
        {"ftp://a.example/", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (web_push_endpoint_is_good(rows[i].endpoint) != rows[i].is_good)
            fail_msg("%s", rows[i].endpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rfc_8291), cmocka_unit_test(test_refused), cmocka_unit_test(test_endpoints)};
    return unit_run(tests);
}
