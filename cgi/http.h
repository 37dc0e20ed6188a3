/* http: one request and its answer. The same struct whether a FastCGI connection or a plain CGI environment brought it: struct http_io
 * is the only difference. All that a request needs lives here, nothing in globals: one thread serves one request at a time.
 *
 * The way of a request: http_read() takes head, path, query and cookies apart (strictly: contract.md and bad-inputs.md); cgi/route.h
 * finds the handler, who asks, and reads the body into fields; the handler fills the answer (cgi/answer.h); http_finish() sends it. */
#ifndef SANGDAM_CGI_HTTP_H
#define SANGDAM_CGI_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgi/form.h"
#include "lib/base/buf.h"
#include "lib/base/catalog.h"
#include "lib/base/token.h"
#include "lib/chat/auth.h"
#include "lib/chat/client_address.h"

struct config;
struct db;
struct frame;
struct hand_over;
struct route;
struct template_set;

#define HTTP_PATH_MAX 2048        /* bytes of the path before decoding */
#define HTTP_QUERY_MAX 4096       /* bytes of the query before decoding */
#define HTTP_BODY_MAX 65536       /* bytes of a JSON or form body; uploads have their own limit */
#define HTTP_FRAME_PREFIX_SIZE 64 /* "/frame/KEY.en" */
#define HTTP_ARGS_MAX 2           /* {holes} in a route */

/* Where bytes come from and go to. */
struct http_io {
    const char *(*param)(struct http_io *io, const char *name); /* a CGI variable; NULL when unset */
    size_t (*read)(struct http_io *io, void *to, size_t n);     /* less than n only at the end or when the peer is gone */
    bool (*write)(struct http_io *io, const void *from, size_t n);
    bool is_cut; /* set by answer_cut(): the peer must see that the answer is not whole */
    void *handle; /* the io's own */
};

enum http_method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_OTHER };

struct answer { /* use cgi/answer.h */
    int status;
    const char *content_type;
    struct buf head; /* further header lines */
    struct buf body;
    bool has_cache_control;
    bool is_streamed; /* the head is out: nothing may be added */
};

struct request {
    /* given by the program */
    struct http_io *io;
    const struct config *config;
    const struct template_set *templates;
    struct db *db;
    struct hand_over *hand_over;        /* NULL: this program hands nothing over */
    /* what was asked; texts live until the request ends */
    enum http_method method;
    bool is_head;                       /* method is METHOD_GET then */
    char path[HTTP_PATH_MAX + 1];       /* decoded, valid UTF-8, no controls, no empty or dot segments */
    const char *raw_query;              /* as sent, "" when none */
    const char *content_type;           /* as sent, "" when none */
    int64_t content_length;             /* bytes; -1 when there is no body */
    int64_t body_read;                  /* bytes of it read so far */
    bool is_https;
    char address[CLIENT_ADDRESS_SIZE];  /* of the client, behind trusted proxies */
    const char *origin;                 /* NULL: not sent */
    char cookie[TOKEN_TEXT_SIZE];       /* sid or __Host-sid, "" when none */
    enum lang lang;
    char frame_prefix[HTTP_FRAME_PREFIX_SIZE]; /* a page inside another site's page (cgi/frame.h); "" for all others */
    struct frame *frame;                /* owned; NULL without a prefix */
    /* found by the route */
    const struct route *route;          /* NULL: none */
    char arg_text[HTTP_PATH_MAX + 1];
    const char *arg[HTTP_ARGS_MAX];     /* what {id} matched, decoded */
    struct principal who;               /* member_id 0: not signed in */
    char csrf[TOKEN_TEXT_SIZE];         /* the token of this cookie for forms; "" when not signed in by cookie */
    char page_csrf[TOKEN_MASKED_SIZE];  /* the same as this answer's page has it: another text each time; "" when there is no page */
    struct value query[FORM_FIELDS_MAX]; /* in the order of route->query */
    struct value form[FORM_FIELDS_MAX];  /* in the order of route->body */
    const char *form_csrf;              /* csrfToken of the body, NULL when none */
    /* the answer */
    struct answer answer;
    /* owned */
    struct buf query_text, body, form_text;
    struct json_object *json;
};

/* Takes the head apart. False when it was malformed: then the refusal (400, 404) is the answer already. io, config, templates, db are set. */
bool http_read(struct request *q);
/* A CGI variable or NULL. "HTTP_ACCEPT_LANGUAGE" ... */
const char *http_param(struct request *q, const char *name);
/* Reads the whole body (at most max bytes) into q->body, if it isn't there already. False: 413 (too big), 400 (shorter than Content-Length says) is the answer. */
bool http_read_body(struct request *q, int64_t max);
/* Reads at most n bytes of the body as they come, for uploads; 0 at its end. False: 400 is the answer. */
bool http_read_some(struct request *q, void *to, size_t n, size_t *got_r);
/* Sends what is not sent yet and frees all that q owns. */
void http_finish(struct request *q);

#endif
