/* fake_peer: see fake_peer.h. */
#include "t/fuzz/fake_peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/token.h"
#include "lib/base/utf8.h"
#include "pushd/conn.h"
#include "pushd/sockjs_frame.h"
#include "t/fuzz/fuzz.h"

#define SERVER_BUFFER 4608 /* small, so that a peer that does not read is felt */

void peer_open(struct peer *p, struct push *push, const char *cookie, bool is_sockjs)
{
    int fds[2], small = SERVER_BUFFER;
    struct conn_start start = {.cookie = cookie, .is_sockjs = is_sockjs};

    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    *p = (struct peer){.fd = fds[1], .is_sockjs = is_sockjs};
    start.fd = fds[0];
    p->conn = conn_open(push, &start);
    require(p->conn != NULL);
}

void peer_close(struct peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    p->conn = NULL;
    buf_free(&p->in);
    for (int i = 0; i < PEER_NAMES; i++) {
        free(p->names[i].id);
        free(p->heard[i].key);
        p->names[i] = (struct name){0};
        p->heard[i] = (struct heard){0};
    }
}

void peer_put(struct peer *p, const void *bytes, size_t n)
{
    if (n && send(p->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return; /* full, or pushd has closed */
}

void peer_say(struct peer *p, const char *text, size_t n)
{
    unsigned char head[8] = {0x81, 0xfe, (unsigned char)(n >> 8), (unsigned char)n, 1, 2, 3, 4};
    struct buf b = BUF_INIT, json = BUF_INIT;

    if (p->is_sockjs) {
        json_quote(&json, text, n);
        text = buf_str(&json);
        n = json.len;
        head[2] = (unsigned char)(n >> 8);
        head[3] = (unsigned char)n;
    }
    require(n < 65536);
    if (n < 126) {
        head[1] = (unsigned char)(0x80 | n);
        memmove(head + 2, head + 4, 4);
    }
    buf_add(&b, head, n < 126 ? 6 : 8);
    for (size_t i = 0; i < n; i++)
        buf_add_char(&b, (char)(text[i] ^ (char)(1 + i % 4)));
    peer_put(p, b.p, b.len);
    buf_free(&b);
    buf_free(&json);
}

/* ---- what was asked for ---- */

static bool is_plain(const char *id)
{
    return id && *id && id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")] == '\0';
}

/* NULL: not looked at, or too many. */
static struct name *name_of(struct peer *p, const char *id, bool may_add)
{
    if (!is_plain(id))
        return NULL;
    for (int i = 0; i < PEER_NAMES; i++) {
        if (p->names[i].id && strcmp(p->names[i].id, id) == 0)
            return &p->names[i];
        if (!p->names[i].id) {
            if (!may_add)
                return NULL;
            p->names[i].id = fuzz_copy(id, strlen(id), true);
            return &p->names[i];
        }
    }
    return NULL;
}

static bool is_full(const struct peer *p)
{
    return p->names[PEER_NAMES - 1].id;
}

void peer_note_frame(struct peer *p, const struct stomp_frame *frame)
{
    struct name *receipt = name_of(p, stomp_header(frame, "receipt"), true), *sub;
    const char *destination = stomp_header(frame, "destination");

    if (receipt) {
        receipt->asked++;
        if (frame->command == STOMP_SEND && destination && !stomp_header(frame, "transaction"))
            receipt->must++;
    }
    if (frame->command != STOMP_SUBSCRIBE)
        return;
    sub = name_of(p, stomp_header(frame, "id"), true);
    if (sub) {
        sub->subscribed++;
        sub->is_pattern |= destination && strchr(destination, '*');
    }
}

void peer_check_answers(const struct peer *p)
{
    for (int i = 0; i < PEER_NAMES; i++)
        require(p->names[i].answered >= p->names[i].must);
}

static void note_answer(struct peer *p, const char *id)
{
    struct name *receipt = name_of(p, id, false);

    if (is_plain(id) && !is_full(p))
        require(receipt && ++receipt->answered <= receipt->asked);
}

/* ---- rows ---- */

static struct heard *heard_of(struct peer *p, const char *sub_id, const char *session_id)
{
    struct buf key = BUF_INIT;
    int i;

    buf_printf(&key, "%s %s", sub_id, session_id);
    for (i = 0; i < PEER_NAMES && p->heard[i].key && strcmp(p->heard[i].key, buf_str(&key)) != 0; i++)
        ;
    if (i < PEER_NAMES && !p->heard[i].key) {
        p->heard[i].key = buf_take(&key);
        p->heard[i].last = -1;
    }
    buf_free(&key);
    return i < PEER_NAMES ? &p->heard[i] : NULL;
}

int32_t peer_last(const struct peer *p, const char *sub_id, const char *session_id)
{
    struct heard *heard = heard_of((struct peer *)(uintptr_t)p, sub_id, session_id);

    return heard && heard->last > 0 ? heard->last : 0;
}

/* Rows come by these; what comes by lists (/topic/chat/messages) may come twice, when a hint does. */
static bool is_for_rows(const char *destination)
{
    return strcmp(destination, "/user/queue/messages") == 0 || (strncmp(destination, "/topic/chat/", 12) == 0 && strlen(destination) == 12 + UUID_TEXT_SIZE - 1);
}

static void note_row(struct peer *p, const char *sub_id, const char *destination, struct json_object *row)
{
    struct name *sub = name_of(p, sub_id, false);
    const char *session_id, *kind;
    struct heard *heard;
    int64_t seq = 0;
    size_t n;

    if (!sub || !is_for_rows(destination) || json_get_str(row, "sessionId", &session_id, &n) != JSON_GOT || json_get_str(row, "kind", &kind, &n) != JSON_GOT)
        return;
    heard = heard_of(p, sub_id, session_id);
    if (!heard)
        return;
    if (strcmp(kind, "RESYNC") == 0) {
        heard->last = 0;
        return;
    }
    if (json_get_int(row, "seq", &seq) != JSON_GOT)
        return;
    if (heard->last >= 0 && (sub->is_pattern || strncmp(destination, "/topic/chat/", 12) != 0 ? seq <= heard->last : seq != heard->last + 1)) {
        /* Only a later subscription of the same id may begin elsewhere. */
        require(++heard->restarts < sub->subscribed);
    }
    heard->last = (int32_t)seq;
}

/* ---- STOMP ---- */

/* Cuts off the line that starts at *at. */
static char *take_line(char **at, char *end)
{
    char *line = *at, *eol = memchr(line, '\n', (size_t)(end - line));

    require(eol != NULL);
    *eol = '\0';
    *at = eol + 1;
    return line;
}

struct server_frame {
    const char *receipt_id, *subscription, *destination, *body;
    bool has_length;
    size_t length, body_len;
};

static void take_headers(struct server_frame *f, char *at, char *end)
{
    char *line;

    while (*(line = take_line(&at, end))) {
        char *colon = strchr(line, ':');
        require(colon != NULL);
        *colon = '\0';
        if (strcmp(line, "receipt-id") == 0)
            f->receipt_id = colon + 1;
        else if (strcmp(line, "subscription") == 0)
            f->subscription = colon + 1;
        else if (strcmp(line, "destination") == 0)
            f->destination = colon + 1;
        else if (strcmp(line, "content-length") == 0)
            f->length = strtoul(colon + 1, NULL, 10), f->has_length = true;
    }
    f->body = at;
    f->body_len = (size_t)(end - at) - 1;
    require(end > at && end[-1] == '\0' && (!f->has_length || f->length == f->body_len));
}

static void take_message(struct peer *p, const struct server_frame *f)
{
    struct json_object *o;
    const char *why;

    require(p->is_connected && f->destination);
    note_answer(p, f->receipt_id);
    if (strncmp(f->destination, "/topic/open/", 12) == 0)
        return;
    o = json_read(f->body, f->body_len, &why);
    require(o != NULL);
    if (f->subscription)
        note_row(p, f->subscription, f->destination, o);
    json_object_put(o);
}

/* One message: a STOMP frame, or an EOL. */
static void take_stomp(struct peer *p, const char *bytes, size_t n)
{
    char *text = fuzz_copy(bytes, n, true), *at = text;
    struct server_frame f = {0};
    const char *command;

    require(!p->has_error);
    if (n == 1 && text[0] == '\n') {
        free(text);
        return;
    }
    command = take_line(&at, text + n);
    take_headers(&f, at, text + n);
    if (strcmp(command, "CONNECTED") == 0) {
        require(!p->is_connected);
        p->is_connected = true;
    } else if (strcmp(command, "MESSAGE") == 0) {
        take_message(p, &f);
    } else if (strcmp(command, "RECEIPT") == 0) {
        require(p->is_connected && f.receipt_id);
        note_answer(p, f.receipt_id);
    } else {
        require(strcmp(command, "ERROR") == 0);
        note_answer(p, f.receipt_id);
        p->has_error = true;
    }
    free(text);
}

static void take_sockjs(struct peer *p, const char *text, size_t n)
{
    struct buf stomp = BUF_INIT;

    require(n > 0 && strchr("ohac", text[0]));
    if (text[0] == 'a') {
        require(sockjs_decode(text + 1, n - 1, &stomp));
        take_stomp(p, stomp.p, stomp.len);
        buf_free(&stomp);
    } else {
        require(text[0] == 'c' || n == 1);
    }
}

/* ---- WebSocket ---- */

/* The first frame of the buffer; 0 when it is not all there, else its size. */
static size_t take_frame(struct peer *p)
{
    const unsigned char *b = (const unsigned char *)p->in.p;
    size_t head = 2, n;
    unsigned opcode;

    if (p->in.len < 2)
        return 0;
    n = b[1];
    require(b[0] & 0x80 && !(b[0] & 0x70) && n < 127); /* unmasked; our queue is far smaller than what needs the long form */
    opcode = b[0] & 0x0f;
    if (n == 126) {
        if (p->in.len < 4)
            return 0;
        n = (size_t)(b[2] << 8 | b[3]);
        require(n >= 126);
        head = 4;
    }
    if (p->in.len < head + n)
        return 0;
    require(!p->has_close);
    if (opcode == 1) {
        require(utf8_is_valid(p->in.p + head, n));
        if (p->is_sockjs)
            take_sockjs(p, p->in.p + head, n);
        else
            take_stomp(p, p->in.p + head, n);
    } else if (opcode == 2) { /* of destinations under the open prefix alone, whose bodies may be anything */
        require(!p->is_sockjs && !utf8_is_valid(p->in.p + head, n));
    } else if (opcode == 8) {
        p->has_close = true;
        require(n == 0 || (n >= 2 && ws_close_code_is_valid((unsigned)(b[head] << 8 | b[head + 1])) && utf8_is_valid(p->in.p + head + 2, n - 2)));
    } else {
        require((opcode == 9 || opcode == 10) && n <= 125);
    }
    return head + n;
}

bool peer_read(struct peer *p, size_t n)
{
    char bytes[65536];
    ssize_t got;
    size_t used;

    if (p->fd < 0 || !n)
        return false;
    got = recv(p->fd, bytes, n < sizeof bytes ? n : sizeof bytes, MSG_DONTWAIT);
    if (got == 0)
        p->has_end = true;
    if (got <= 0)
        return false;
    require(!p->has_end);
    buf_add(&p->in, bytes, (size_t)got);
    while ((used = take_frame(p)) > 0)
        buf_consume(&p->in, used);
    return true;
}
