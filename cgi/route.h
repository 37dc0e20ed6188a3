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
/* For ROUTE_OWN_BODY with a cookie: an X-CSRF-Token header, or the body's field token (NULL when none), is right. False: 403 is the answer. */
bool route_check_csrf(struct request *q, const char *token);
/* One route a line: "GET /api/chat/categories NONE". For the rights matrix. */
void route_print(const struct route *routes, FILE *out);

#endif
