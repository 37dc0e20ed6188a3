/* libFuzzer: what a visitor's names and pictures go through: the clean name of a file, names of people, the size of an image. */
#include "t/fuzz/fuzz.h"

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/chat/attachment.h"
#include "lib/chat/image_size.h"
#include "lib/chat/nickname.h"

static void check_file_name(const char *s, size_t n)
{
    char out[FILE_NAME_SIZE], again[FILE_NAME_SIZE];
    size_t len;

    attachment_clean_name(s, n, out);
    len = strlen(out);
    require(len > 0 && len <= 255 && utf8_is_valid(out, len) && !utf8_is_blank(out, len));
    require(out[0] != '.' && out[0] != '-' && !strpbrk(out, "/\\\"\r\n<>:|?*"));
    attachment_clean_name(out, len, again);
    require(strlen(again) <= 255);
}

static void check_nickname(const char *s, size_t n)
{
    struct buf nfc = BUF_INIT;

    if (!utf8_is_valid(s, n) || memchr(s, '\0', n))
        return;
    require(nickname_normalise(s, n, &nfc) && utf8_is_valid(buf_str(&nfc), nfc.len));
    if (!nickname_problem(buf_str(&nfc), nfc.len, false))
        require(nfc.len > 0 && nfc.len <= NICKNAME_BYTES && utf8_count(nfc.p, nfc.len) <= NICKNAME_POINTS);
    buf_free(&nfc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int32_t w = 0, h = 0;

    if (image_size(data, size, &w, &h))
        require(w > 0 && h > 0);
    check_file_name((const char *)data, size);
    check_nickname((const char *)data, size);
    return 0;
}
