/* sub: one subscription: who listens where, and how far they are. */
#ifndef SANGDAM_PUSHD_SUB_H
#define SANGDAM_PUSHD_SUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;
struct message;
struct open_topic;
struct pattern;
struct room;

enum sub_kind {
    SUB_ROOM,          /* /topic/chat/{id}: rows and read marks */
    SUB_LIVE,          /* /topic/chat/{id}/live: what is never stored */
    SUB_NOTIFICATIONS, /* /topic/admin/notifications: this and the next four are for staff */
    SUB_SESSIONS,      /* /topic/chat/sessions */
    SUB_NEW_SESSION,   /* /topic/chat/new-session */
    SUB_PRESENCE,      /* /topic/chat/presence */
    SUB_MESSAGES,      /* /topic/chat/messages */
    SUB_USER_MESSAGES, /* /user/queue/messages */
    SUB_USER_ERRORS,   /* /user/queue/errors */
    SUB_OPEN,          /* under debug_open_prefix */
    SUB_PATTERN,       /* /topic/... with `*` or `**` */
    SUB_OPEN_PATTERN,  /* the same under debug_open_prefix */
    SUB_KINDS
};

/* Rows read ahead for a replay. */
struct replay {
    struct message *rows;
    size_t n, at;
};

/* Invariant of a SUB_ROOM: rows below next_seq were put into the connection's queue (or not asked for), none from next_seq on. */
struct sub {
    struct conn *conn;
    struct sub *conn_next;    /* the connection's list */
    struct sub *prev, *next;  /* of those who listen at the same place */
    struct room *room;        /* SUB_ROOM, SUB_LIVE */
    struct replay *replay;    /* a page that waits for the queue to drain; NULL: none */
    union {                   /* the hub's */
        struct open_topic *open;  /* SUB_OPEN */
        struct pattern *pattern;  /* SUB_PATTERN, SUB_OPEN_PATTERN */
    };
    int32_t next_seq;         /* SUB_ROOM */
    uint8_t kind;             /* enum sub_kind */
    bool is_replaying;        /* reads the log; live rows are not for it yet */
    bool is_reading;          /* a page is being read: the sub lives until it comes */
    bool is_gone;             /* unsubscribed while is_reading */
    bool wants_ack;           /* ack mode client or client-individual */
    char side;                /* 'M', 'A', 'S' of the room, when it was checked */
    char id[];                /* "" for a 1.0 client without one */
};

/* A new subscription at the head of the connection's list; NULL when memory is out. */
struct sub *sub_new(struct conn *conn, enum sub_kind kind, const char *id);
struct sub *sub_find(const struct conn *conn, const char *id);
/* The first of that kind on the connection, NULL when there is none. */
struct sub *sub_find_kind(const struct conn *conn, enum sub_kind kind);
/* Its connection's subscription to the chat, NULL when there is none. */
struct sub *sub_find_room(const struct conn *conn, enum sub_kind kind, const char *session_id);
/* Ends it: leaves the hub and the connection's list. *sub is NULL then. */
void sub_end(struct sub **sub);
/* Frees the memory of one that is in no list. */
void sub_free(struct sub *sub);
void replay_free(struct replay **replay);
/* The destination as the client named it, into out; cut off at size. */
void sub_destination(const struct sub *sub, char *out, size_t size);
/* Did the client name it so? */
bool sub_is_at(const struct sub *sub, const char *destination);
/* The destination of a chat's rows (SUB_ROOM) or of what is never stored (SUB_LIVE), into out. */
void sub_room_destination(enum sub_kind kind, const char *session_id, char *out, size_t size);
/* "/topic/chat/sessions" and its like; NULL for the kinds that carry an id. */
const char *sub_kind_destination(enum sub_kind kind);

#endif
