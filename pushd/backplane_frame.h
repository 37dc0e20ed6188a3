/* backplane_frame: what nodes say to each other over Redis, as text. Pure.
 *
 *   s1 NODE NUMBER KIND MAC PAYLOAD
 *
 * NODE is the sender's UUID, NUMBER counts its messages from 1 (a gap makes the receiver sweep), MAC is the keyed BLAKE2b-256 in hex of all but itself. Whoever
 * may publish in Redis is not yet one of us: without the right MAC a message is thrown away. With no key configured MAC is "-", and a receiver takes no
 * more from a change than that there is something new to read. */
#ifndef SANGDAM_PUSHD_BACKPLANE_FRAME_H
#define SANGDAM_PUSHD_BACKPLANE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/token.h"

#define BACKPLANE_KEY_SIZE 32
#define BACKPLANE_MAX 65536 /* a longer message is not ours */

enum backplane_kind { BACKPLANE_CHANGE = 'C' /* notify.h's JSON */, BACKPLANE_LIVE = 'L' /* session id, blank, JSON body */ };

struct backplane_key {
    bool is_set;
    unsigned char bytes[BACKPLANE_KEY_SIZE];
};

/* From the configured text; "" is no key. */
void backplane_key_from(const char *text, struct backplane_key *key_r);

void backplane_seal(struct buf *out, const struct backplane_key *key, const char *node, uint64_t number, enum backplane_kind kind, const char *payload, size_t n);

struct backplane_message {
    char node[UUID_TEXT_SIZE];
    uint64_t number;
    enum backplane_kind kind;
    const char *payload; /* in text */
    size_t len;
};
/* False: not a message of ours, or its MAC is wrong. */
bool backplane_open(const char *text, size_t n, const struct backplane_key *key, struct backplane_message *m_r);

#endif
