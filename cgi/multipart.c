/* One state a byte position; the body is the only state that looks at more than a byte at a time. The delimiter is CRLF "--" boundary, and CR can't
 * stand in a boundary, so a failed match can only begin anew at the byte that broke it: nothing is ever looked at twice. */
#include "cgi/multipart.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum state {
    BODY,       /* a part's bytes, or the very start, which counts as the CRLF of the first delimiter */
    DELIMITED,  /* behind a delimiter: "--" or the end of its line */
    LAST_DASH,  /* the second - of the closing delimiter */
    PADDING,    /* white space that transports may have added (RFC 2046 5.1.1) */
    LINE_FEED,  /* of the delimiter's line */
    HEAD,       /* a part's header lines */
    EPILOGUE,
    FAILED,
};

struct multipart {
    enum state state;
    enum multipart_result failure;
    const struct multipart_handler *handler;
    void *to;
    unsigned parts;
    bool is_in_part;
    size_t matched;   /* bytes of the delimiter that came and are not given to the handler */
    size_t held_from; /* of these, the first that are no data if the match fails: the CRLF that ended a head may start a delimiter */
    size_t delimiter_len;
    char delimiter[4 + MULTIPART_BOUNDARY_MAX + 1];
    size_t head_len, line_start; /* of the head so far; where its last line starts */
    char head[MULTIPART_HEAD_MAX];
    char name[MULTIPART_NAME_MAX + 1];
    char file_name[MULTIPART_HEAD_MAX];
};

static bool is_token_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_boundary_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("'()+_,-./:=? ", c));
}

static bool is_boundary(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_boundary_char(s[i]))
            return false;
    }
    return n > 0 && n <= MULTIPART_BOUNDARY_MAX && s[n - 1] != ' ';
}

/* ---- parameters: *( OWS ";" OWS name "=" ( token / quoted-string ) ) ---- */

struct param {
    const char *name;
    size_t name_len;
    char *value; /* the caller's room for it */
    size_t value_max, value_len;
};

static size_t skip_blanks(const char *s, size_t n)
{
    size_t i = 0;

    while (i < n && (s[i] == ' ' || s[i] == '\t'))
        i++;
    return i;
}

/* Up to the closing quote; a backslash escapes only a quote or a backslash, for file names of old senders hold paths with backslashes. Bytes taken
 * with the closing quote; 0 when there is none or the value does not fit. */
static size_t read_quoted(const char *s, size_t n, struct param *p)
{
    p->value_len = 0;
    for (size_t i = 1; i < n; i++) {
        char c = s[i];

        if (c == '"')
            return i + 1;
        if (c == '\\' && i + 1 < n && (s[i + 1] == '"' || s[i + 1] == '\\'))
            c = s[++i];
        if (p->value_len == p->value_max)
            return 0;
        p->value[p->value_len++] = c;
    }
    return 0;
}

static size_t read_token(const char *s, size_t n, struct param *p)
{
    size_t i = 0;

    while (i < n && is_token_char(s[i]))
        i++;
    if (i > p->value_max)
        return 0;
    memcpy(p->value, s, i);
    p->value_len = i;
    return i;
}

/* Takes the next parameter; bytes taken, 0 when malformed. At the end of the text p->name is NULL. */
static size_t next_param(const char *s, size_t n, struct param *p)
{
    size_t i = skip_blanks(s, n), taken;

    p->name = NULL;
    if (i == n)
        return n;
    if (s[i] != ';')
        return 0;
    i++;
    i += skip_blanks(s + i, n - i);
    if (i == n) /* a lone ; at the end */
        return n;
    p->name = s + i;
    while (i < n && is_token_char(s[i]))
        i++;
    p->name_len = (size_t)(s + i - p->name);
    if (p->name_len == 0 || i == n || s[i] != '=')
        return 0;
    i++;
    taken = i < n && s[i] == '"' ? read_quoted(s + i, n - i, p) : read_token(s + i, n - i, p);
    return taken ? i + taken : 0;
}

static bool is_called(const struct param *p, const char *name)
{
    return p->name_len == strlen(name) && strncasecmp(p->name, name, p->name_len) == 0;
}

bool multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1])
{
    static const char type[] = "multipart/form-data";
    char value[256];
    struct param p = {.value = value, .value_max = sizeof(value)};
    size_t n = strlen(content_type), i = sizeof(type) - 1, taken = 1;
    bool found = false;

    if (n < i || strncasecmp(content_type, type, i) != 0)
        return false;
    for (; i < n; i += taken) {
        taken = next_param(content_type + i, n - i, &p);
        if (taken == 0)
            return false;
        if (!p.name || !is_called(&p, "boundary"))
            continue;
        if (found || !is_boundary(value, p.value_len))
            return false;
        memcpy(out, value, p.value_len);
        out[p.value_len] = '\0';
        found = true;
    }
    return found;
}

/* ---- a part's head ---- */

/* Browsers write " CR and LF in names as %22 %0D %0A (WHATWG HTML, multipart/form-data encoding algorithm), and nothing else so. */
static size_t decode_percent(char *s, size_t n)
{
    char *to = s;

    for (size_t i = 0; i < n; i++, to++) {
        *to = s[i];
        if (s[i] != '%' || n - i < 3)
            continue;
        if (memcmp(s + i, "%22", 3) == 0)
            *to = '"';
        else if (strncasecmp(s + i, "%0D", 3) == 0)
            *to = '\r';
        else if (strncasecmp(s + i, "%0A", 3) == 0)
            *to = '\n';
        else
            continue;
        i += 2;
    }
    return (size_t)(to - s);
}

struct head {
    bool has_disposition, has_type, has_encoding, has_name, has_file_name;
    size_t file_name_len;
};

/* form-data; name="..."; filename="..." (RFC 7578 4.2). filename* is not to be used there and is passed over. */
static bool read_disposition(struct multipart *m, const char *s, size_t n, struct head *h)
{
    static const char type[] = "form-data";
    char value[MULTIPART_HEAD_MAX];
    size_t i = sizeof(type) - 1, taken;

    if (n < i || strncasecmp(s, type, i) != 0)
        return false;
    for (; i < n; i += taken) {
        struct param p = {.value = value, .value_max = sizeof(value)};

        taken = next_param(s + i, n - i, &p);
        if (taken == 0)
            return false;
        if (p.name && is_called(&p, "name")) {
            if (h->has_name || p.value_len == 0 || p.value_len > MULTIPART_NAME_MAX || memchr(value, '\0', p.value_len))
                return false;
            memcpy(m->name, value, p.value_len);
            m->name[p.value_len] = '\0';
            h->has_name = true;
        } else if (p.name && is_called(&p, "filename")) {
            if (h->has_file_name)
                return false;
            h->file_name_len = decode_percent(value, p.value_len);
            memcpy(m->file_name, value, h->file_name_len);
            h->has_file_name = true;
        }
    }
    return h->has_name;
}

static bool is_flat_type(const char *s, size_t n)
{
    return !(n >= 10 && strncasecmp(s, "multipart/", 10) == 0);
}

static bool is_plain_encoding(const char *s, size_t n)
{
    return (n == 4 && (strncasecmp(s, "7bit", 4) == 0 || strncasecmp(s, "8bit", 4) == 0)) || (n == 6 && strncasecmp(s, "binary", 6) == 0);
}

/* A line without its CRLF. */
static bool read_line(struct multipart *m, const char *s, size_t n, struct head *h)
{
    size_t name = 0, len, blanks;
    bool *seen = NULL, is_good = true;
    const char *value;

    while (name < n && is_token_char(s[name]))
        name++;
    if (name == 0 || name == n || s[name] != ':') /* a folded line starts with a blank and ends here too */
        return false;
    value = s + name + 1;
    len = n - name - 1;
    blanks = skip_blanks(value, len);
    value += blanks;
    len -= blanks;
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    if (name == 19 && strncasecmp(s, "Content-Disposition", 19) == 0) {
        seen = &h->has_disposition;
        is_good = !*seen && read_disposition(m, value, len, h);
    } else if (name == 12 && strncasecmp(s, "Content-Type", 12) == 0) {
        seen = &h->has_type;
        is_good = !*seen && is_flat_type(value, len);
    } else if (name == 25 && strncasecmp(s, "Content-Transfer-Encoding", 25) == 0) {
        seen = &h->has_encoding;
        is_good = !*seen && is_plain_encoding(value, len);
    }
    if (seen)
        *seen = true;
    return is_good;
}

static enum multipart_result fail(struct multipart *m, enum multipart_result failure)
{
    m->state = FAILED;
    m->failure = failure;
    return failure;
}

/* The head is whole: its lines with their CRLFs stand in m->head. */
static enum multipart_result begin_part(struct multipart *m)
{
    struct head h = {0};
    struct multipart_part part = {.name = m->name};

    for (size_t i = 0; i < m->head_len;) {
        const char *lf = memchr(m->head + i, '\n', m->head_len - i); /* every line has one */
        size_t n = (size_t)(lf - (m->head + i));

        if (!read_line(m, m->head + i, n - 1, &h))
            return fail(m, MULTIPART_MALFORMED);
        i += n + 1;
    }
    if (!h.has_disposition || ++m->parts > MULTIPART_PARTS_MAX)
        return fail(m, MULTIPART_MALFORMED);
    if (h.has_file_name) {
        part.file_name = m->file_name;
        part.file_name_len = h.file_name_len;
    }
    m->is_in_part = true;
    m->state = BODY;
    m->matched = m->held_from = 2; /* the blank line may be the delimiter's CRLF: a part without a body (RFC 2046 5.1.1) */
    return m->handler->on_part(m->to, &part) ? MULTIPART_FINE : fail(m, MULTIPART_STOPPED);
}

static enum multipart_result take_head_byte(struct multipart *m, char c)
{
    char before = m->head_len > 0 ? m->head[m->head_len - 1] : '\0';
    bool is_line_end = c == '\n' && before == '\r' && m->head_len > m->line_start;

    if (m->head_len == sizeof(m->head) || (c == '\n' && !is_line_end) || (c != '\n' && before == '\r'))
        return fail(m, MULTIPART_MALFORMED);
    m->head[m->head_len++] = c;
    if (!is_line_end)
        return MULTIPART_FINE;
    if (m->head_len - m->line_start == 2) { /* the blank line */
        m->head_len = m->line_start;
        return begin_part(m);
    }
    m->line_start = m->head_len;
    return MULTIPART_FINE;
}

static enum multipart_result end_part(struct multipart *m)
{
    bool was_in_part = m->is_in_part;

    m->matched = m->held_from = 0;
    m->is_in_part = false;
    m->state = DELIMITED;
    return !was_in_part || m->handler->on_part_end(m->to) ? MULTIPART_FINE : fail(m, MULTIPART_STOPPED);
}

/* What looked like a delimiter was data. */
static bool give_held(struct multipart *m)
{
    const char *held = m->delimiter + m->held_from;
    size_t n = m->matched - m->held_from;

    m->matched = m->held_from = 0;
    return n == 0 || m->handler->on_data(m->to, held, n);
}

/* Takes bytes up to a whole delimiter (then the state is DELIMITED) or the end; *taken_r how many. */
static enum multipart_result take_body(struct multipart *m, const char *s, size_t n, size_t *taken_r)
{
    size_t i = 0;

    *taken_r = n;
    while (i < n) {
        const char *cr;
        size_t run;

        if (m->matched > 0) {
            if (s[i] == m->delimiter[m->matched]) {
                i++;
                if (++m->matched < m->delimiter_len)
                    continue;
                *taken_r = i;
                return end_part(m);
            }
            if (!m->is_in_part) /* a preamble */
                return fail(m, MULTIPART_MALFORMED);
            if (!give_held(m))
                return fail(m, MULTIPART_STOPPED);
        }
        cr = memchr(s + i, '\r', n - i);
        run = cr ? (size_t)(cr - (s + i)) : n - i;

        if (run > 0 && !m->handler->on_data(m->to, s + i, run))
            return fail(m, MULTIPART_STOPPED);
        i += run;
        if (cr) {
            m->matched = 1;
            i++;
        }
    }
    return MULTIPART_FINE;
}

/* All states but BODY and HEAD: what c leads to; FAILED when it may not stand there. */
static enum state after_byte(enum state state, char c)
{
    switch (state) {
    case DELIMITED:
        return c == '-' ? LAST_DASH : c == ' ' || c == '\t' ? PADDING : c == '\r' ? LINE_FEED : FAILED;
    case PADDING:
        return c == ' ' || c == '\t' ? PADDING : c == '\r' ? LINE_FEED : FAILED;
    case LINE_FEED:
        return c == '\n' ? HEAD : FAILED;
    case LAST_DASH:
        return c == '-' ? EPILOGUE : FAILED;
    case EPILOGUE:
        return c == ' ' || c == '\t' || c == '\r' || c == '\n' ? EPILOGUE : FAILED;
    default:
        return FAILED;
    }
}

enum multipart_result multipart_feed(struct multipart *m, const char *bytes, size_t n)
{
    enum multipart_result result = m->state == FAILED ? m->failure : MULTIPART_FINE;
    size_t i = 0, taken;

    while (result == MULTIPART_FINE && i < n) {
        switch (m->state) {
        case BODY:
            result = take_body(m, bytes + i, n - i, &taken);
            i += taken;
            break;
        case HEAD:
            result = take_head_byte(m, bytes[i++]);
            break;
        default:
            m->state = after_byte(m->state, bytes[i++]);
            if (m->state == FAILED)
                result = fail(m, MULTIPART_MALFORMED);
            else if (m->state == HEAD)
                m->head_len = m->line_start = 0;
        }
    }
    return result;
}

bool multipart_is_whole(const struct multipart *m)
{
    return m->state == EPILOGUE;
}

struct multipart *multipart_new(const char *boundary, const struct multipart_handler *handler, void *to)
{
    struct multipart *m = calloc(1, sizeof(*m));
    size_t n = strlen(boundary);

    if (!m || n > MULTIPART_BOUNDARY_MAX) {
        free(m);
        return NULL;
    }
    m->handler = handler;
    m->to = to;
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary, n);
    m->delimiter_len = n + 4;
    m->state = BODY;
    m->matched = m->held_from = 2; /* the start counts as the CRLF of the first delimiter */
    return m;
}

void multipart_free(struct multipart **m)
{
    free(*m);
    *m = NULL;
}
