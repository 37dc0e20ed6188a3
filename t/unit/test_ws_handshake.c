/* The WebSocket handshake's header values (RFC 6455 4.2) and the SHA-1 beneath. */
#include <stdio.h>
#include <string.h>

#include "pushd/sha1.h"
#include "pushd/ws_frame.h"
#include "t/unit/unit.h"

static void expect_digest(const char *text, size_t n, const char *expected)
{
    unsigned char digest[SHA1_SIZE];
    char hex[2 * SHA1_SIZE + 1];

    sha1_digest(text, n, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(hex, expected);
}

static void test_sha1(void **state)
{
    static char many[1000000];

    (void)state;
    expect_digest("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    expect_digest("abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
    expect_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    memset(many, 'a', sizeof many);
    expect_digest(many, sizeof many, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    expect_digest(many, 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a");
    expect_digest(many, 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d");
}

static void test_accept(void **state)
{
    char accept[WS_ACCEPT_SIZE];

    (void)state;
    ws_accept_key("dGhlIHNhbXBsZSBub25jZQ==", accept); /* RFC 6455 1.3 */
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void test_key(void **state)
{
    (void)state;
    assert_true(ws_key_is_valid("dGhlIHNhbXBsZSBub25jZQ=="));
    assert_true(ws_key_is_valid("++++++//////AAAAAAAAAA=="));
    assert_false(ws_key_is_valid(NULL));
    assert_false(ws_key_is_valid(""));
    assert_false(ws_key_is_valid("dGhlIHNhbXBsZSBub25j"));         /* 15 bytes */
    assert_false(ws_key_is_valid("dGhlIHNhbXBsZSBub25jZWE="));     /* 17 bytes */
    assert_false(ws_key_is_valid("dGhlIHNhbXBsZSBub25jZQ="));
    assert_false(ws_key_is_valid("dGhlIHNhbXBsZSBub25jZQ==="));
    assert_false(ws_key_is_valid("dGhlIHNhbXBsZSBub25j Q=="));
    assert_false(ws_key_is_valid("dGhlIHNhbXBsZSBub2=jZQ=="));
}

static void test_token_lists(void **state)
{
    (void)state;
    assert_true(ws_list_has_token("Upgrade", "upgrade"));
    assert_true(ws_list_has_token("keep-alive, UPGRADE", "upgrade"));
    assert_true(ws_list_has_token("keep-alive ,\tUpgrade ,x", "upgrade"));
    assert_true(ws_list_has_token(",,WebSocket,,", "websocket"));
    assert_false(ws_list_has_token("keep-alive", "upgrade"));
    assert_false(ws_list_has_token("upgraded", "upgrade"));
    assert_false(ws_list_has_token("not upgrade", "upgrade"));
    assert_false(ws_list_has_token("", "upgrade"));
    assert_false(ws_list_has_token(NULL, "upgrade"));
}

static void test_subprotocols(void **state)
{
    (void)state;
    assert_string_equal(ws_choose_subprotocol("v10.stomp, v11.stomp, v12.stomp"), "v12.stomp");
    assert_string_equal(ws_choose_subprotocol("v12.stomp,v10.stomp"), "v12.stomp");
    assert_string_equal(ws_choose_subprotocol("v10.stomp, v11.stomp"), "v11.stomp");
    assert_string_equal(ws_choose_subprotocol("mqtt,v10.stomp"), "v10.stomp");
    assert_null(ws_choose_subprotocol("mqtt"));
    assert_null(ws_choose_subprotocol("V12.STOMP"));
    assert_null(ws_choose_subprotocol("v12.stompx, v12"));
    assert_null(ws_choose_subprotocol(""));
    assert_null(ws_choose_subprotocol(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha1),
        cmocka_unit_test(test_accept),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_token_lists),
        cmocka_unit_test(test_subprotocols),
    };

    return unit_run(tests);
}
