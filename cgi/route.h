/* route: the table of a program, and the one way from a request to its handler: path, method, Origin, who asks, role, CSRF, query, body.
 * A handler runs only when all of these are right (contract.md, Signing in, Origin, cookies). */
#ifndef SANGDAM_CGI_ROUTE_H
#define SANGDAM_CGI_ROUTE_H

#include <stdio.h>

#include "cgi/http.h"

enum {
    ROUTE_PAGE = 1,        /* HTML: refusals are pages, and who is not signed in is sent to /signin by 303 */
    ROUTE_ORIGIN_ONLY = 2, /* a state change that needs no CSRF rule: login, token, signup, guest */
    ROUTE_OWN_BODY = 4,    /* the handler reads the body itself (uploads) and must ask route_check_csrf() before it changes anything */
    ROUTE_LATE = 16,       /* the handler comes before who asks is known, and calls route_enter() unless route_look_ahead() is enough */
    ROUTE_ANY_ORIGIN = 32, /* pages of other sites ask it too; the handler says who may read the answer */
    ROUTE_STATS = 8,       /* a bearer token of scope stats:read may ask it; all other routes want an unscoped token */
};
struct route {
    enum http_method method; /* METHOD_GET serves HEAD too */
    const char *pattern;     /* "/api/chat/sessions/{id}/messages": {x} matches one whole segment. NULL ends a table */
    void (*handle)(struct request *q);
    enum role least;         /* ROLE_NONE: anybody. ROLE_GUEST: whoever is signed in */
    unsigned flags;
    const struct field *query; /* NULL: no parameter is known */
    const struct field *body;  /* NULL: no field is known */
};

/* Answers q by routes, whatever happens. The caller has called http_read(). */
void route_dispatch(struct request *q, const struct route *routes);
/* For ROUTE_LATE: who asks, role, CSRF, query and body, as for any handler. False: the refusal is the answer. */
bool route_enter(struct request *q);
/* For ROUTE_LATE: a plain request of JSON without a query, whose cookie rule is kept if its credential is good, has its fields in q->form and the credential
 * in secret_r. The database is not asked. False: nothing is said; call route_enter(). After true, too, as long as nothing was answered. */
bool route_look_ahead(struct request *q, const char **secret_r, bool *is_bearer_r);
/* The language of a member, when they have chosen one and the request has not. */
void route_take_lang(struct request *q, const char *lang);
/* For ROUTE_OWN_BODY with a cookie: an X-CSRF-Token header, or the body's field token (NULL when none), is right. False: 403 is the answer. */
bool route_check_csrf(struct request *q, const char *token);
/* One route a line: "GET /api/chat/categories NONE". For the rights matrix. */
void route_print(const struct route *routes, FILE *out);

#endif
