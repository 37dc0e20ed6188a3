/* backplane_frame: what nodes say to each other over Redis, as text. Pure.
 *
 *   s1 NODE NUMBER KIND MAC PAYLOAD
 *
 * What came together goes together, as one message of the kind B: for Redis, and for who hears it, a message of many entries costs little more than one of one.
 * Its payload is entries of the other kinds, one behind the other: KIND, blank, length of the text in decimal, blank, the text. An older node takes it
 * for a stranger's message, and reads the log.
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

#define BACKPLANE_ENTRY_HEAD 16 /* at most, of an entry of a message of kind B */

enum backplane_kind { BACKPLANE_CHANGE = 'C' /* notify.h's JSON */, BACKPLANE_LIVE = 'L' /* session id, blank, JSON body */, BACKPLANE_BATCH = 'B' };

struct backplane_key {
    bool is_set;
    unsigned char bytes[BACKPLANE_KEY_SIZE];
};

/* From the configured text; "" is no key. */
void backplane_key_from(const char *text, struct backplane_key *key_r);

void backplane_seal(struct buf *out, const struct backplane_key *key, const char *node, uint64_t number, enum backplane_kind kind, const char *payload, size_t n);

/* Adds an entry to what will be the payload of a BACKPLANE_BATCH. */
void backplane_add_entry(struct buf *payload, enum backplane_kind kind, const char *text, size_t n);

struct backplane_message {
    char node[UUID_TEXT_SIZE];
    uint64_t number;
    enum backplane_kind kind;
    const char *payload; /* in text */
    size_t len;
};
/* False: not a message of ours, or its MAC is wrong. */
bool backplane_open(const char *text, size_t n, const struct backplane_key *key, struct backplane_message *m_r);

struct backplane_entry {
    enum backplane_kind kind; /* never BACKPLANE_BATCH */
    const char *text;         /* in the message */
    size_t n;
};
/* Takes the first entry off an opened message of any kind, until its len is 0. False: what is left is no entry. */
bool backplane_take_entry(struct backplane_message *m, struct backplane_entry *entry_r);

#endif
