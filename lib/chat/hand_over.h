/* hand_over: a message from a FastCGI program to pushd's writers, which store it in one transaction with whatever else waits there, and hand it out. It saves
 * the program its own transaction with its own flush.
 *
 * A yes means committed. Anything else says nothing: refused, repeated, too late, pushd away or dead in the middle of it. Then the caller goes the whole
 * way by itself with the same clientMessageId: chat's row lock and the unique key make that exact, whatever became of the first try. So only messages
 * that have a clientMessageId are handed over. The writer leaves alone what is older than HAND_OVER_WAIT_MS.
 *
 * Over notify_socket, whose ends are of one host and checked by SO_PEERCRED: one struct hand_over_request with the content behind it, one struct
 * hand_over_answer. The mark is no byte that a hint begins with. */
#ifndef SANGDAM_CHAT_HAND_OVER_H
#define SANGDAM_CHAT_HAND_OVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/message.h"

struct config;

#define HAND_OVER_WAIT_MS 1000
#define HAND_OVER_MARK 1 /* and version */
#define HAND_OVER_CONTENT_MAX (4 * CONTENT_MAX_POINTS)

struct hand_over_request {
    uint8_t mark, is_bearer;
    uint16_t content_len;
    uint32_t number;
    int64_t until_ms; /* clock_monotonic_ms(), which all processes of a host share */
    char secret[TOKEN_TEXT_SIZE];
    char session_id[UUID_TEXT_SIZE], client_message_id[UUID_TEXT_SIZE];
    char content[]; /* content_len bytes, as message_check() left it */
};

struct hand_over_answer {
    uint8_t mark, is_stored; /* 0: go the whole way; nothing below is filled then but number */
    char sender_type;
    char lang[3]; /* the sender's, "" when they have chosen none */
    uint32_t number;
    int32_t seq;
    int64_t session_no, sender_id, cdate_ms;
    char sender_name[NICKNAME_SIZE];
};

/* A thread's own end; connects when first used, and then stays away from a pushd that did not answer for a while. NULL: memory. */
struct hand_over *hand_over_open(const struct config *config);
void hand_over_close(struct hand_over **h);
/* Sends request, whose mark, number and until_ms are set here, and waits for its answer for HAND_OVER_WAIT_MS. True: stored, answer_r says where. */
bool hand_over_ask(struct hand_over *h, struct hand_over_request *request, struct hand_over_answer *answer_r);
/* For pushd: n bytes as received are a request: whole, its texts ended. */
bool hand_over_is_request(const void *bytes, size_t n);

#endif
