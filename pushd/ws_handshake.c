/* The handshake's half of ws_frame.h: what stands in header values before the first frame. */
#include "pushd/ws_frame.h"

#include <string.h>
#include <strings.h>

#include "pushd/sha1.h"

#define KEY_LEN 24
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 1.3 */

static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool ws_key_is_valid(const char *key)
{
    if (!key || strlen(key) != KEY_LEN || strcmp(key + KEY_LEN - 2, "==") != 0)
        return false;
    return strspn(key, base64_alphabet) == KEY_LEN - 2;
}

/* base64 with padding (RFC 4648 4); out takes 4 characters for each begun 3 bytes and the NUL. */
static void encode_base64(const unsigned char *bytes, size_t n, char *out)
{
    for (; n > 0; bytes += 3, n -= n < 3 ? n : 3) {
        unsigned v = (unsigned)bytes[0] << 16 | (n > 1 ? (unsigned)bytes[1] << 8 : 0) | (n > 2 ? bytes[2] : 0U);

        *out++ = base64_alphabet[v >> 18];
        *out++ = base64_alphabet[v >> 12 & 63];
        *out++ = n > 1 ? base64_alphabet[v >> 6 & 63] : '=';
        *out++ = n > 2 ? base64_alphabet[v & 63] : '=';
    }
    *out = '\0';
}

void ws_accept_key(const char *key, char accept_r[WS_ACCEPT_SIZE])
{
    char text[KEY_LEN + sizeof GUID];
    unsigned char digest[SHA1_SIZE];
    size_t n = strnlen(key, KEY_LEN);

    memcpy(text, key, n);
    memcpy(text + n, GUID, sizeof GUID);
    sha1_digest(text, n + sizeof GUID - 1, digest);
    encode_base64(digest, sizeof digest, accept_r);
}

/* The next element of a comma-separated list without the blanks around it; NULL at the end. Empty elements are skipped
 * (RFC 9110 5.6.1.2). */
static const char *next_element(const char **rest, size_t *len_r)
{
    const char *start, *end;

    start = *rest + strspn(*rest, ", \t");
    if (*start == '\0')
        return NULL;
    end = start + strcspn(start, ",");
    *rest = end;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *len_r = (size_t)(end - start);
    return start;
}

bool ws_list_has_token(const char *value, const char *token)
{
    const char *element;
    size_t len, token_len = strlen(token);

    while (value && (element = next_element(&value, &len)) != NULL)
        if (len == token_len && strncasecmp(element, token, len) == 0)
            return true;
    return false;
}

const char *ws_choose_subprotocol(const char *offered)
{
    static const char *const ours[] = {"v10.stomp", "v11.stomp", "v12.stomp"};
    const char *element, *best = NULL;
    size_t len, best_rank = 0;

    while (offered && (element = next_element(&offered, &len)) != NULL)
        for (size_t i = best_rank; i < sizeof ours / sizeof ours[0]; i++)
            if (len == strlen(ours[i]) && memcmp(element, ours[i], len) == 0) {
                best = ours[i];
                best_rank = i;
            }
    return best;
}
