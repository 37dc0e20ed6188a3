/* The parser. Two passes over a frame's head, each over every byte once: `scan` finds its end and its faults as bytes come
 * and changes nothing; `build_frame` then cuts and unescapes the whole frame in place. */
#include "pushd/stomp_frame.h"

#include <string.h>

#include "lib/base/utf8.h"

/* Every idle connection holds one. */
_Static_assert(sizeof(struct stomp_parser) <= 64, "struct stomp_parser must stay small");

enum state { BETWEEN, BETWEEN_CR, IN_COMMAND, IN_HEADERS, IN_BODY };

static const struct {
    const char *name;
    enum stomp_command command;
} commands[] = {
    {"SEND", STOMP_SEND},
    {"SUBSCRIBE", STOMP_SUBSCRIBE},
    {"UNSUBSCRIBE", STOMP_UNSUBSCRIBE},
    {"CONNECT", STOMP_CONNECT},
    {"STOMP", STOMP_CONNECT},
    {"ACK", STOMP_ACK},
    {"NACK", STOMP_NACK},
    {"BEGIN", STOMP_BEGIN},
    {"COMMIT", STOMP_COMMIT},
    {"ABORT", STOMP_ABORT},
    {"DISCONNECT", STOMP_DISCONNECT},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const char *const error_texts[] = {
    [STOMP_OK] = "no error",
    [STOMP_E_COMMAND] = "unknown command",
    [STOMP_E_NUL_IN_HEAD] = "NUL before the end of the headers",
    [STOMP_E_CR] = "CR without LF",
    [STOMP_E_LINE_TOO_LONG] = "header line is too long",
    [STOMP_E_NO_COLON] = "header without a colon",
    [STOMP_E_EMPTY_NAME] = "header without a name",
    [STOMP_E_TOO_MANY_HEADERS] = "too many headers",
    [STOMP_E_ESCAPE] = "undefined escape in a header",
    [STOMP_E_UTF8] = "header is not UTF-8",
    [STOMP_E_CONTENT_LENGTH] = "bad content-length",
    [STOMP_E_BODY_END] = "content-length does not match the body",
    [STOMP_E_TOO_BIG] = "frame is too big",
    [STOMP_E_MEMORY] = "out of memory",
};

const char *stomp_error_text(enum stomp_error error)
{
    return error_texts[error];
}

const char *stomp_command_name(enum stomp_command command)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].command == command)
            return commands[i].name;
    return "";
}

static enum stomp_result fail(struct stomp_parser *p, enum stomp_error error)
{
    buf_free(&p->gather);
    p->is_given = false;
    p->error = (uint8_t)error;
    return STOMP_BAD;
}

/* ---- first pass ---- */

static enum stomp_command find_command(const char *s, size_t n)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strlen(commands[i].name) == n && memcmp(commands[i].name, s, n) == 0)
            return commands[i].command;
    return STOMP_NO_COMMAND;
}

/* Whether a line that has only n bytes so far, perhaps a CR too, may still become a command. */
static bool may_be_command(const char *s, size_t n)
{
    if (n > 0 && s[n - 1] == '\r')
        return find_command(s, n - 1) != STOMP_NO_COMMAND;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strlen(commands[i].name) >= n && memcmp(commands[i].name, s, n) == 0)
            return true;
    return false;
}

/* The decimal digits s[0..n) and nothing else; what passes 64 bits is UINT64_MAX. */
static bool parse_digits(const char *s, size_t n, uint64_t *number_r)
{
    uint64_t number = 0;

    if (n == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned char)s[i] - (unsigned)'0';

        if (digit > 9)
            return false;
        number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
    }
    *number_r = number;
    return true;
}

/* The first content-length wins as any header does, but a second that says otherwise is an attempt to have two readers see
 * two frames: it is refused. */
static enum stomp_error note_content_length(struct stomp_parser *p, const struct stomp_limits *limits, const char *value,
                                            size_t n)
{
    uint64_t number;

    if (!parse_digits(value, n, &number))
        return STOMP_E_CONTENT_LENGTH;
    if (p->has_length)
        return number == p->body_len ? STOMP_OK : STOMP_E_CONTENT_LENGTH;
    if (number >= limits->frame_max)
        return STOMP_E_TOO_BIG;
    p->has_length = true;
    p->body_len = (uint32_t)number;
    return STOMP_OK;
}

static enum stomp_error end_header_line(struct stomp_parser *p, const struct stomp_limits *limits, const char *line,
                                        size_t n)
{
    static const char length_name[] = "content-length";
    const char *colon = memchr(line, ':', n);
    size_t name_len;

    if (p->header_count >= limits->headers_max || p->header_count >= STOMP_HEADERS_MAX)
        return STOMP_E_TOO_MANY_HEADERS;
    if (!colon)
        return STOMP_E_NO_COLON;
    if (colon == line)
        return STOMP_E_EMPTY_NAME;
    p->header_count++;
    name_len = (size_t)(colon - line);
    if (name_len == sizeof length_name - 1 && memcmp(line, length_name, name_len) == 0)
        return note_content_length(p, limits, colon + 1, n - name_len - 1);
    return STOMP_OK;
}

/* The LF at p->seen ends a line of the head. */
static enum stomp_error end_line(struct stomp_parser *p, const struct stomp_limits *limits, const char *base)
{
    const char *line = base + p->line;
    size_t n = p->seen - p->line;

    if (n > 0 && line[n - 1] == '\r')
        n--;
    p->line = p->seen + 1;
    if (p->state == IN_COMMAND) {
        p->command = (uint8_t)find_command(line, n);
        p->state = IN_HEADERS;
        return p->command == STOMP_NO_COMMAND ? STOMP_E_COMMAND : STOMP_OK;
    }
    if (n > 0)
        return end_header_line(p, limits, line, n);
    p->state = IN_BODY;
    p->body = p->seen + 1;
    if (p->has_length && (uint64_t)p->body + p->body_len >= limits->frame_max)
        return STOMP_E_TOO_BIG;
    return STOMP_OK;
}

/* Faults in the command are all "unknown command", so that the answer is the same however the input was cut. */
static enum stomp_error scan_head_byte(struct stomp_parser *p, const struct stomp_limits *limits, const char *base)
{
    char c = base[p->seen];
    enum stomp_error fault = STOMP_OK;

    if (c == '\n')
        return end_line(p, limits, base);
    if (c == '\0')
        fault = STOMP_E_NUL_IN_HEAD;
    else if (p->seen > p->line && base[p->seen - 1] == '\r')
        fault = STOMP_E_CR;
    else if (c != '\r' && p->seen - p->line >= limits->line_max)
        fault = STOMP_E_LINE_TOO_LONG;
    return fault != STOMP_OK && p->state == IN_COMMAND ? STOMP_E_COMMAND : fault;
}

static enum stomp_result scan_body(struct stomp_parser *p, const char *base, uint32_t n)
{
    const char *nul;
    uint32_t end = p->body + p->body_len;

    if (!p->has_length) {
        nul = memchr(base + p->seen, '\0', n - p->seen);
        end = nul ? (uint32_t)(nul - base) : n;
    }
    if (end >= n) {
        p->seen = n;
        return STOMP_MORE;
    }
    if (base[end] != '\0')
        return fail(p, STOMP_E_BODY_END);
    p->body_len = end - p->body;
    p->seen = end + 1;
    return STOMP_FRAME;
}

/* Looks at base[p->seen..n), the frame's first n bytes having come; STOMP_FRAME when it ends at p->seen. */
static enum stomp_result scan(struct stomp_parser *p, const struct stomp_limits *limits, const char *base, uint32_t n)
{
    enum stomp_result result = STOMP_MORE;

    for (; p->seen < n && p->state != IN_BODY; p->seen++) {
        enum stomp_error error = scan_head_byte(p, limits, base);

        if (error != STOMP_OK)
            return fail(p, error);
    }
    if (p->state == IN_BODY)
        result = scan_body(p, base, n);
    else if (p->state == IN_COMMAND && !may_be_command(base + p->line, n - p->line))
        return fail(p, STOMP_E_COMMAND);
    if (result == STOMP_MORE && p->seen >= limits->frame_max)
        return fail(p, STOMP_E_TOO_BIG);
    return result;
}

/* ---- second pass ---- */

/* Unescapes in place; false at an escape that the version does not define. */
static bool unescape(char *s, enum stomp_version version)
{
    char *from = strchr(s, '\\'), *to = from;

    if (!from)
        return true;
    while (*from != '\0') {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        switch (from[1]) {
        case '\\':
            *to++ = '\\';
            break;
        case 'n':
            *to++ = '\n';
            break;
        case 'c':
            *to++ = ':';
            break;
        case 'r':
            if (version < STOMP_1_2)
                return false;
            *to++ = '\r';
            break;
        default:
            return false;
        }
        from += 2;
    }
    *to = '\0';
    return true;
}

/* The scan found the frame sound; here its lines become strings. */
static enum stomp_error build_frame(const struct stomp_parser *p, char *base, struct stomp_frame *frame)
{
    bool has_escapes = p->command != STOMP_CONNECT && p->version >= STOMP_1_1;
    char *line = memchr(base, '\n', p->body), *end;

    frame->command = (enum stomp_command)p->command;
    frame->header_count = p->header_count;
    frame->body = base + p->body;
    frame->body_len = p->body_len;
    if (!utf8_is_valid(base, p->body))
        return STOMP_E_UTF8;
    for (size_t i = 0; i < p->header_count; i++, line = end) {
        char *name = line + 1, *value;

        end = memchr(name, '\n', (size_t)(frame->body - name));
        *end = '\0';
        if (end[-1] == '\r')
            end[-1] = '\0';
        value = strchr(name, ':');
        *value++ = '\0';
        if (has_escapes && (!unescape(name, p->version) || !unescape(value, p->version)))
            return STOMP_E_ESCAPE;
        frame->headers[i] = (struct stomp_pair){name, value};
    }
    return STOMP_OK;
}

/* ---- the life of a parser ---- */

/* EOLs between frames (STOMP 1.2 "Augmented BNF": frame = ... NULL *( EOL )). */
static enum stomp_result skip_eols(struct stomp_parser *p, const char *bytes, size_t n, size_t *at)
{
    bool has_beaten = false;

    for (; *at < n; (*at)++) {
        char c = bytes[*at];

        if (c == '\n') {
            p->state = BETWEEN;
            has_beaten = true;
        } else if (p->state == BETWEEN_CR)
            return fail(p, STOMP_E_CR);
        else if (c == '\r')
            p->state = BETWEEN_CR;
        else
            break;
    }
    return has_beaten ? STOMP_HEARTBEAT : STOMP_MORE;
}

static void start_frame(struct stomp_parser *p)
{
    p->state = IN_COMMAND;
    p->seen = 0;
    p->line = 0;
    p->body = 0;
    p->body_len = 0;
    p->has_length = false;
    p->header_count = 0;
    p->command = STOMP_NO_COMMAND;
}

static uint32_t at_most(size_t n, uint32_t ceiling)
{
    return n < ceiling ? (uint32_t)n : ceiling;
}

enum stomp_result stomp_feed(struct stomp_parser *p, const struct stomp_limits *limits, char *bytes, size_t n,
                             size_t *used_r, struct stomp_frame *frame_r)
{
    enum stomp_result result = STOMP_MORE;
    enum stomp_error error;
    uint32_t earlier, take;
    size_t at = 0;
    char *base;

    if (p->is_given)
        buf_free(&p->gather);
    p->is_given = false;
    *used_r = n;
    if (p->error != STOMP_OK)
        return STOMP_BAD;
    if (p->state <= BETWEEN_CR) {
        result = skip_eols(p, bytes, n, &at);
        if (result == STOMP_MORE && at < n)
            start_frame(p);
    }
    if (result != STOMP_MORE || at == n) {
        *used_r = at;
        return result;
    }
    earlier = (uint32_t)p->gather.len;
    if (earlier >= limits->frame_max) /* the limit shrank meanwhile */
        return fail(p, STOMP_E_TOO_BIG);
    take = at_most(n - at, limits->frame_max - earlier);
    base = bytes + at;
    if (earlier) {
        buf_add(&p->gather, base, take);
        if (buf_failed(&p->gather))
            return fail(p, STOMP_E_MEMORY);
        base = p->gather.p;
    }
    result = scan(p, limits, base, earlier + take);
    if (result == STOMP_BAD)
        return STOMP_BAD;
    if (result == STOMP_MORE) {
        if (!earlier)
            buf_add(&p->gather, base, take);
        return buf_failed(&p->gather) ? fail(p, STOMP_E_MEMORY) : STOMP_MORE;
    }
    error = build_frame(p, base, frame_r);
    if (error != STOMP_OK)
        return fail(p, error);
    p->state = BETWEEN;
    p->is_given = earlier > 0;
    *used_r = at + p->seen - earlier;
    return STOMP_FRAME;
}

bool stomp_is_unfinished(const struct stomp_parser *p)
{
    return p->error == STOMP_OK && p->state > BETWEEN_CR;
}

void stomp_free(struct stomp_parser *p)
{
    buf_free(&p->gather);
    *p = (struct stomp_parser){0};
}

const char *stomp_header(const struct stomp_frame *frame, const char *name)
{
    for (size_t i = 0; i < frame->header_count; i++)
        if (strcmp(frame->headers[i].name, name) == 0)
            return frame->headers[i].value;
    return NULL;
}
