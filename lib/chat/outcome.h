/* outcome: how a chat operation ends, and why a rule refused it. Both doors (STOMP and REST) and the pages translate the same
 * outcome into their own words: contract.md, Errors. */
#ifndef SANGDAM_CHAT_OUTCOME_H
#define SANGDAM_CHAT_OUTCOME_H

#include <stdint.h>

enum outcome {
    OUTCOME_DONE,    /* committed */
    OUTCOME_SAME,    /* it was so already: the first row, the open chat, a repeated end. Nothing changed */
    OUTCOME_REFUSED, /* by a rule; struct refusal says which. Nothing changed */
    OUTCOME_AWAY,    /* the database can't be reached or stayed locked. Nothing changed: 503 */
    OUTCOME_UNKNOWN, /* the link was lost during COMMIT: 503 too, and the client resends the same clientMessageId */
};

/* The codes of contract.md, Errors. */
#define CODE_OK "00"
#define CODE_INPUT "01"
#define CODE_RULE "02"
#define CODE_ABSENT "03"
#define CODE_SIGNED_OUT "04"
#define CODE_RIGHT "05"
#define CODE_RATE "06"
#define CODE_SERVER "99"

struct refusal {
    int status;           /* HTTP status */
    const char *code;     /* CODE_*, static */
    const char *message;  /* English msgid, static: the door looks it up in the reader's language */
    const char *field;    /* the field that was wrong, static, or NULL */
    int64_t retry_after_ms; /* 0: none */
    int64_t admin_id;     /* accept that lost: the winner ... */
    char admin_name[260]; /* ... and their name */
};

/* Fills r and returns OUTCOME_REFUSED. */
enum outcome refuse(struct refusal *r, int status, const char *code, const char *message);
enum outcome refuse_field(struct refusal *r, int status, const char *code, const char *message, const char *field);
/* 404 "There is no such chat.": for absent and foreign objects alike. */
enum outcome refuse_absent(struct refusal *r);
/* A JSON text that json_read() did not read, for the reason why: 422 half a character, 503 with a retry when memory was short (the text may be
 * good), else 400. */
enum outcome refuse_json(struct refusal *r, const char *why);

#endif
