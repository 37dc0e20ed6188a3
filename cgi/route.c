/* route: see route.h. */
#include "cgi/route.h"

#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "cgi/answer.h"
#include "cgi/frame.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/cookie.h"
#include "lib/chat/origin.h"

/* ---- finding ---- */

/* Does path match pattern segment by segment? What holes match is copied to q->arg_text. */
static bool match(struct request *q, const char *pattern)
{
    const char *path = q->path;
    char *out = q->arg_text;
    size_t args = 0;
    while (*pattern && *path) {
        size_t n = strcspn(pattern + 1, "/") + 1, m = strcspn(path + 1, "/") + 1;
        if (pattern[1] == '{') {
            if (m == 1 || args == HTTP_ARGS_MAX)
                return false;
            memcpy(out, path + 1, m - 1);
            out[m - 1] = '\0';
            q->arg[args++] = out;
            out += m;
        } else if (n != m || memcmp(pattern, path, n) != 0) {
            return false;
        }
        pattern += n;
        path += m;
    }
    return !*pattern && !*path;
}

static const char *method_name(enum http_method m)
{
    static const char *const names[] = {"GET", "POST", "PUT", "DELETE", ""};
    return names[m];
}

/* 405 with the methods that this path knows, each once: several patterns may match it. */
static void refuse_method(struct request *q, const struct route *routes)
{
    struct buf allow = BUF_INIT;
    unsigned named = 0;
    for (const struct route *r = routes; r->pattern; r++) {
        if (!match(q, r->pattern) || (named & (1u << r->method)))
            continue;
        named |= 1u << r->method;
        q->route = r; /* decides between page and problem */
        buf_printf(&allow, "%s%s%s", allow.len ? ", " : "", method_name(r->method), r->method == METHOD_GET ? ", HEAD" : "");
    }
    answer_refuse(q, 405, CODE_ABSENT, "This address does not take this method.", NULL);
    answer_header(q, "Allow", "%s", buf_str(&allow));
    buf_free(&allow);
}

static bool find_route(struct request *q, const struct route *routes)
{
    bool is_known = false;
    for (const struct route *r = routes; r->pattern; r++) {
        if (!match(q, r->pattern))
            continue;
        if (r->method == q->method) {
            q->route = r;
            return true;
        }
        is_known = true;
    }
    if (is_known)
        refuse_method(q, routes);
    else
        answer_refuse(q, 404, CODE_ABSENT, "There is nothing at this address.", NULL);
    return false;
}

/* ---- who asks ---- */

static bool check_origin(struct request *q)
{
    if (!q->origin || (q->route->flags & ROUTE_ANY_ORIGIN) || origin_is_allowed(q->origin, http_param(q, "HTTP_HOST"), q->is_https, q->config->allowed_origins))
        return true;
    answer_refuse(q, 403, CODE_RIGHT, "Requests from this origin are not allowed.", NULL);
    return false;
}

/* The token behind "Bearer ", or NULL. */
static const char *bearer_of(struct request *q)
{
    const char *header = http_param(q, "HTTP_AUTHORIZATION");
    if (!header || strncasecmp(header, "Bearer", 6) != 0 || (header[6] != ' ' && header[6] != '\0'))
        return NULL;
    return header + 6 + strspn(header + 6, " ");
}

void route_take_lang(struct request *q, const char *member_lang)
{
    char tag[8];
    enum lang ignored;
    if (frame_has_lang(q))
        return;
    if (cookie_find(http_param(q, "HTTP_COOKIE"), "lang", tag, sizeof tag) != COOKIE_ONE || !lang_from_tag(tag, &ignored))
        lang_from_tag(member_lang, &q->lang);
}

/* Fills q->who. False when the answer stands: the database is away. A credential that is not good leaves nobody. */
static bool identify(struct request *q)
{
    struct refusal refusal = {0};
    const char *bearer = bearer_of(q);
    enum outcome outcome;
    memset(&q->who, 0, sizeof q->who);
    if (bearer)
        outcome = auth_by_bearer(q->db, q->config, bearer, &q->who, &refusal);
    else if (q->cookie[0])
        outcome = auth_by_cookie(q->db, q->config, q->cookie, &q->who, &refusal);
    else
        return true;
    if (outcome == OUTCOME_AWAY || outcome == OUTCOME_UNKNOWN) {
        answer_away(q);
        return false;
    }
    if (outcome == OUTCOME_REFUSED) {
        memset(&q->who, 0, sizeof q->who);
        return true;
    }
    q->who.by_bearer = bearer != NULL;
    if (!bearer)
        token_csrf(q->cookie, q->csrf);
    route_take_lang(q, q->who.lang);
    return true;
}

/* Not signed in: a page sends to the sign-in and back, all else is 401. */
static void refuse_signed_out(struct request *q)
{
    if (!(q->route->flags & ROUTE_PAGE)) {
        answer_refuse(q, 401, CODE_SIGNED_OUT, "Please sign in.", NULL);
        return;
    }
    if (q->frame) { /* nobody signs in there: the start makes a guest, or the site says who it is */
        answer_redirect(q, "/");
        return;
    }
    struct buf next = BUF_INIT;
    for (const char *p = q->path; q->method == METHOD_GET && *p; p++) {
        unsigned char c = (unsigned char)*p;
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("/-._~", c))
            buf_add_char(&next, *p);
        else
            buf_printf(&next, "%%%02X", c);
    }
    answer_redirectf(q, next.len ? "/signin?next=%s" : "/signin%s", buf_str(&next));
    buf_free(&next);
}

static bool scope_is_right(const struct request *q)
{
    return q->who.scope[0] == '\0' || ((q->route->flags & ROUTE_STATS) && strcmp(q->who.scope, "stats:read") == 0);
}

static bool check_role(struct request *q)
{
    if (q->who.member_id == 0 && q->route->least > ROLE_NONE) {
        refuse_signed_out(q);
        return false;
    }
    if (q->who.role < q->route->least || !scope_is_right(q)) {
        answer_refuse(q, 403, CODE_RIGHT, "You are not allowed to do this.", NULL);
        return false;
    }
    return true;
}

/* ---- CSRF and body ---- */

enum body_type { BODY_NONE, BODY_JSON, BODY_FORM, BODY_OTHER };

/* "application/json" with nothing but a charset of utf-8 behind it. */
static bool type_is(const char *type, const char *wanted)
{
    size_t n = strlen(wanted);
    if (strncasecmp(type, wanted, n) != 0)
        return false;
    type += n + strspn(type + n, " \t");
    if (*type == '\0')
        return true;
    if (*type != ';')
        return false;
    type += 1 + strspn(type + 1, " \t");
    return *type == '\0' || strcasecmp(type, "charset=utf-8") == 0 || strcasecmp(type, "charset=\"utf-8\"") == 0;
}

static enum body_type body_type_of(const struct request *q)
{
    if (type_is(q->content_type, "application/json"))
        return BODY_JSON;
    if (type_is(q->content_type, "application/x-www-form-urlencoded"))
        return BODY_FORM;
    return q->content_length > 0 ? BODY_OTHER : BODY_NONE;
}

static bool refuse_csrf(struct request *q)
{
    answer_refuse(q, 403, CODE_RIGHT, "This form is too old or did not come from this site. Please reload the page and try again.", NULL);
    return false;
}

static bool token_is_right(struct request *q, const char *token)
{
    const char *header = http_param(q, "HTTP_X_CSRF_TOKEN");
    if (header)
        return token_is_csrf(header, q->csrf);
    return token && token_is_csrf(token, q->csrf);
}

bool route_check_csrf(struct request *q, const char *token)
{
    if (q->csrf[0] == '\0')
        return true; /* no cookie, so nothing that a foreign page could borrow */
    return (q->origin && token_is_right(q, token)) || refuse_csrf(q);
}

/* The cookie rule, the part that needs no body. is_settled_r: no token needs to be looked for in the body. */
static bool check_cookie_rule(struct request *q, enum body_type type, bool *is_settled_r)
{
    *is_settled_r = true;
    if (q->csrf[0] == '\0' || (q->route->flags & ROUTE_ORIGIN_ONLY))
        return true;
    if (!q->origin)
        return refuse_csrf(q);
    if (type == BODY_JSON || http_param(q, "HTTP_X_CSRF_TOKEN")) {
        const char *header = http_param(q, "HTTP_X_CSRF_TOKEN");
        return !header || token_is_csrf(header, q->csrf) || refuse_csrf(q);
    }
    if (type == BODY_FORM || (q->route->flags & ROUTE_OWN_BODY)) {
        *is_settled_r = false;
        return true;
    }
    return refuse_csrf(q);
}

static bool parse_body(struct request *q, enum body_type type, struct refusal *r)
{
    const char *text = buf_str(&q->body);
    size_t n = q->body.len;
    if (type == BODY_JSON && n > 0)
        return form_read_json(text, n, q->route->body, q->form, &q->form_csrf, &q->form_text, &q->json, r);
    return form_read_urlencoded(text, n, q->route->body, q->form, &q->form_csrf, &q->form_text, r);
}

static void forget_fields(struct request *q)
{
    if (q->json)
        json_object_put(q->json);
    q->json = NULL;
    buf_free(&q->form_text);
    memset(q->form, 0, sizeof q->form);
    q->form_csrf = NULL;
}

static bool read_body(struct request *q)
{
    enum body_type type = body_type_of(q);
    bool is_settled;
    if (!check_cookie_rule(q, type, &is_settled))
        return false;
    if (q->route->flags & ROUTE_OWN_BODY)
        return true;
    if (type == BODY_OTHER) {
        answer_refuse(q, 415, CODE_INPUT, "The body must be JSON or a form.", NULL);
        return false;
    }
    if (!http_read_body(q, HTTP_BODY_MAX))
        return false;
    struct refusal refusal = {0};
    forget_fields(q); /* of a look ahead */
    bool is_read = parse_body(q, type, &refusal);
    /* whose form it is comes before what is wrong in it; a body that can't be read has no token */
    if (!is_settled && !(q->form_csrf && token_is_csrf(q->form_csrf, q->csrf)))
        return refuse_csrf(q);
    if (!is_read)
        answer_refusal(q, &refusal);
    return is_read;
}

static bool read_query(struct request *q)
{
    struct refusal refusal = {0};
    if (form_read_urlencoded(q->raw_query, strlen(q->raw_query), q->route->query, q->query, NULL, &q->query_text, &refusal))
        return true;
    answer_refusal(q, &refusal);
    return false;
}

bool route_enter(struct request *q)
{
    if (!identify(q) || !check_role(q) || !read_query(q))
        return false;
    if (q->method != METHOD_GET && !read_body(q))
        return false;
    if (code_refresh(q->db))
        return true;
    answer_away(q);
    return false;
}

/* ---- before anybody is asked who this is ---- */

static bool keeps_cookie_rule(struct request *q)
{
    const char *header = http_param(q, "HTTP_X_CSRF_TOKEN");
    char token[TOKEN_TEXT_SIZE];
    if (!header)
        return q->origin;
    token_csrf(q->cookie, token);
    return q->origin && token_is_csrf(header, token);
}

bool route_look_ahead(struct request *q, const char **secret_r, bool *is_bearer_r)
{
    const char *bearer = bearer_of(q);
    struct refusal ignored = {0};
    *secret_r = bearer ? bearer : q->cookie;
    *is_bearer_r = bearer;
    if (**secret_r == '\0' || *q->raw_query || body_type_of(q) != BODY_JSON || q->content_length <= 0 || q->content_length > HTTP_BODY_MAX)
        return false;
    if ((!bearer && !keeps_cookie_rule(q)) || !code_refresh(q->db))
        return false;
    if (!http_read_body(q, HTTP_BODY_MAX)) { /* said again when it is known who asks */
        answer_reset(q);
        return false;
    }
    if (parse_body(q, BODY_JSON, &ignored))
        return true;
    forget_fields(q);
    return false;
}

void route_dispatch(struct request *q, const struct route *routes)
{
    if (!find_route(q, routes) || !check_origin(q) || !frame_enter(q))
        return;
    if ((q->route->flags & ROUTE_LATE) || route_enter(q))
        q->route->handle(q);
}

void route_print(const struct route *routes, FILE *out)
{
    for (const struct route *r = routes; r->pattern; r++)
        fprintf(out, "%s %s %s\n", method_name(r->method), r->pattern, role_name(r->least));
}
