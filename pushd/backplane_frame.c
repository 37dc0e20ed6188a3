/* backplane_frame: see backplane_frame.h. */
#include "pushd/backplane_frame.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define MAC_BYTES 32
#define MAC_TEXT (MAC_BYTES * 2)

void backplane_key_from(const char *text, struct backplane_key *key_r)
{
    static const unsigned char domain[] = "sangdam backplane";

    memset(key_r, 0, sizeof *key_r);
    key_r->is_set = text[0];
    if (key_r->is_set)
        crypto_generichash(key_r->bytes, sizeof key_r->bytes, (const unsigned char *)text, strlen(text), domain, sizeof domain - 1);
}

/* head: "s1 NODE NUMBER KIND " */
static void mac_of(const struct backplane_key *key, const char *head, size_t head_len, const char *payload, size_t n, char text_r[MAC_TEXT + 1])
{
    unsigned char mac[MAC_BYTES];
    crypto_generichash_state state;

    crypto_generichash_init(&state, key->bytes, sizeof key->bytes, sizeof mac);
    crypto_generichash_update(&state, (const unsigned char *)head, head_len);
    crypto_generichash_update(&state, (const unsigned char *)payload, n);
    crypto_generichash_final(&state, mac, sizeof mac);
    sodium_bin2hex(text_r, MAC_TEXT + 1, mac, sizeof mac);
}

void backplane_seal(struct buf *out, const struct backplane_key *key, const char *node, uint64_t number, enum backplane_kind kind, const char *payload, size_t n)
{
    char mac[MAC_TEXT + 1] = "-";
    size_t start = out->len;

    buf_printf(out, "s1 %s %" PRIu64 " %c ", node, number, (char)kind);
    if (buf_failed(out))
        return;
    if (key->is_set)
        mac_of(key, out->p + start, out->len - start, payload, n, mac);
    buf_add_str(out, mac);
    buf_add_char(out, ' ');
    buf_add(out, payload, n);
}

/* The word up to the next blank, which is passed. NULL when there is none, or its length is not within least..most. */
static const char *take_word(const char **at, const char *end, size_t least, size_t most, size_t *n_r)
{
    const char *word = *at, *blank = memchr(word, ' ', (size_t)(end - word));

    if (!blank || (size_t)(blank - word) < least || (size_t)(blank - word) > most)
        return NULL;
    *n_r = (size_t)(blank - word);
    *at = blank + 1;
    return word;
}

static bool take_number(const char *word, size_t n, uint64_t *v_r)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++) {
        if (word[i] < '0' || word[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(word[i] - '0');
    }
    *v_r = v;
    return v > 0;
}

static bool is_entry_kind(char kind)
{
    return kind == BACKPLANE_CHANGE || kind == BACKPLANE_LIVE;
}

bool backplane_open(const char *text, size_t n, const struct backplane_key *key, struct backplane_message *m_r)
{
    const char *at = text, *end = text + n, *word, *mac;
    size_t len, mac_len, head_len;
    char wanted[MAC_TEXT + 1];

    memset(m_r, 0, sizeof *m_r);
    if (n > BACKPLANE_MAX || !(word = take_word(&at, end, 2, 2, &len)) || memcmp(word, "s1", 2) != 0)
        return false;
    if (!(word = take_word(&at, end, UUID_TEXT_SIZE - 1, UUID_TEXT_SIZE - 1, &len)))
        return false;
    memcpy(m_r->node, word, len);
    if (!uuid_is_valid(m_r->node) || !(word = take_word(&at, end, 1, 19, &len)) || !take_number(word, len, &m_r->number))
        return false;
    if (!(word = take_word(&at, end, 1, 1, &len)) || (!is_entry_kind(*word) && *word != BACKPLANE_BATCH))
        return false;
    m_r->kind = (enum backplane_kind)*word;
    head_len = (size_t)(at - text);
    if (!(mac = take_word(&at, end, 1, MAC_TEXT, &mac_len)))
        return false;
    m_r->payload = at;
    m_r->len = (size_t)(end - at);
    if (!key->is_set)
        return true;
    mac_of(key, text, head_len, m_r->payload, m_r->len, wanted);
    return mac_len == MAC_TEXT && sodium_memcmp(wanted, mac, MAC_TEXT) == 0;
}

/* ---- entries ---- */

void backplane_add_entry(struct buf *payload, enum backplane_kind kind, const char *text, size_t n)
{
    buf_printf(payload, "%c %zu ", (char)kind, n);
    buf_add(payload, text, n);
}

bool backplane_take_entry(struct backplane_message *m, struct backplane_entry *entry_r)
{
    const char *at = m->payload, *end = at + m->len, *word, *number;
    size_t word_len, number_len;
    uint64_t n;

    *entry_r = (struct backplane_entry){.kind = m->kind, .text = m->payload, .n = m->len};
    if (m->kind == BACKPLANE_BATCH) {
        word = take_word(&at, end, 1, 1, &word_len);
        number = word ? take_word(&at, end, 1, 5, &number_len) : NULL;
        if (!number || !is_entry_kind(*word) || !take_number(number, number_len, &n) || n > (uint64_t)(end - at))
            return false;
        *entry_r = (struct backplane_entry){.kind = (enum backplane_kind)*word, .text = at, .n = (size_t)n};
    }
    m->payload = entry_r->text + entry_r->n;
    m->len = (size_t)(end - m->payload);
    return true;
}
