/* libFuzzer: the hint from a FastCGI program, both ends of its codec. The first byte chooses: the rest is a message as it comes from the socket; or a source of
 * choices, of which a change is made, written, and read back. What is read is written and read again, and must be the same bytes. */
#include "lib/base/utf8.h"
#include "lib/chat/notify.h"
#include "t/fuzz/fuzz.h"

static void check_text(const char *s, size_t size)
{
    size_t n = strnlen(s, size);

    require(n < size && utf8_is_valid(s, n));
}

static void check_change(const struct change *c)
{
    const struct session *s = &c->session;

    require(c->what < CHANGE_WHAT_TOTAL && c->nrows >= 0 && c->nrows <= CHANGE_ROWS_MAX);
    require(c->side == 0 || c->side == 'M' || c->side == 'A');
    require(uuid_is_valid(s->session_id));
    check_text(s->member_name, sizeof s->member_name);
    check_text(s->member_email, sizeof s->member_email);
    check_text(s->admin_name, sizeof s->admin_name);
    check_text(s->title, sizeof s->title);
    for (int i = 0; i < c->nrows; i++) {
        const struct message *m = &c->rows[i];
        require(m->session_no == s->session_no && strcmp(m->session_id, s->session_id) == 0);
        check_text(m->client_message_id, sizeof m->client_message_id);
        check_text(m->sender_name, sizeof m->sender_name);
        if (m->content)
            require(strlen(m->content) == m->content_len && utf8_is_valid(m->content, m->content_len));
        if (m->file)
            check_text(m->file->name, sizeof m->file->name);
    }
}

/* c is written, read and written again: the same. */
static void check_round(const struct change *c, uint64_t number)
{
    struct buf once = BUF_INIT, twice = BUF_INIT;
    struct change again;
    uint64_t number_again = 0;

    if (notify_encode(c, number, &once)) {
        require(once.len <= NOTIFY_MAX);
        require(notify_decode(once.p, once.len, &again, &number_again));
        require(number_again == number && again.nrows == c->nrows && again.what == c->what);
        check_change(&again);
        require(notify_encode(&again, number, &twice));
        require(once.len == twice.len && memcmp(once.p, twice.p, once.len) == 0);
        change_clear(&again);
    }
    buf_free(&once);
    buf_free(&twice);
}

static void check_message(const uint8_t *data, size_t n)
{
    char *text = fuzz_copy(data, n, false);
    struct change c;
    uint64_t number = 0;

    if (notify_decode(text, n, &c, &number)) {
        require(n <= NOTIFY_MAX && number > 0);
        check_change(&c);
        check_round(&c, number);
    }
    change_clear(&c);
    free(text);
}

/* ---- a change of the fuzzer's choice ---- */

static int64_t pick_number(struct pick *from)
{
    static const int64_t odd[] = {0, -1, 1, INT32_MAX, INT32_MIN, INT64_C(9007199254740991), INT64_C(-9007199254740991)};
    uint8_t which = pick_byte(from);

    return which < sizeof odd / sizeof odd[0] ? odd[which] : (int64_t)pick_byte(from) * 65536 + pick_byte(from);
}

static int32_t pick_int32(struct pick *from)
{
    int64_t v = pick_number(from);

    return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

/* Some valid text of less than size bytes: a piece of the input, repeated. */
static size_t pick_text(struct pick *from, char *to, size_t size)
{
    static const char *const plain[] = {"", "x", "\"\\/\b\n\t", "\xec\x83\x81\xeb\x8b\xb4", "\xf0\x9f\x99\x82</script>", "\xe2\x80\xa8"};
    const char *piece = plain[pick_byte(from) % (sizeof plain / sizeof plain[0])];
    size_t n = 0, len = strlen(piece), times = pick_byte(from);

    for (; len && times && n + len < size; times--, n += len)
        memcpy(to + n, piece, len);
    to[n] = '\0';
    return n;
}

static void pick_row(struct pick *from, const struct session *s, struct message *m)
{
    char text[4096];
    size_t n;

    m->session_no = s->session_no;
    memcpy(m->session_id, s->session_id, sizeof m->session_id);
    m->message_id = pick_number(from);
    m->sender_id = pick_number(from);
    m->seq = pick_int32(from);
    m->target_seq = pick_int32(from);
    m->message_type_id = pick_int32(from);
    m->kind = (enum message_kind)(pick_byte(from) % (KIND_REDACT + 1));
    m->sender_type = "MAS"[pick_byte(from) % 3];
    m->is_read = 'Y';
    m->cdate_ms = pick_number(from);
    pick_text(from, m->sender_name, sizeof m->sender_name);
    n = pick_text(from, text, sizeof text);
    if (pick_byte(from) % 4) {
        m->content = fuzz_copy(text, n, true);
        m->content_len = n;
    }
    if (pick_byte(from) % 4 == 0)
        m->args = fuzz_copy("{\"name\":\"x\"}", 12, true);
    if (pick_byte(from) % 4 == 0) {
        m->file = calloc(1, sizeof *m->file);
        require(m->file != NULL);
        m->file->size = pick_number(from);
        pick_text(from, m->file->name, sizeof m->file->name);
        pick_text(from, m->file->content_type, sizeof m->file->content_type);
    }
}

static void check_picked(struct pick *from)
{
    struct change c;
    struct session *s = &c.session;

    change_init(&c);
    c.what = (enum change_what)(pick_byte(from) % CHANGE_WHAT_TOTAL);
    c.side = "\0MA"[pick_byte(from) % 3];
    c.read_seq = pick_int32(from);
    c.reason_id = pick_int32(from);
    c.grace_ms = pick_number(from);
    c.old_admin_id = pick_number(from);
    memcpy(s->session_id, "0198c6a2-7d14-7cc3-98c4-dc0c0c07398f", sizeof s->session_id);
    s->session_no = pick_number(from);
    s->message_count = pick_int32(from);
    s->ended_by = "\0MAS"[pick_byte(from) % 4];
    s->abandoned = pick_byte(from) % 2;
    s->member_grace_ms = pick_number(from);
    pick_text(from, s->member_name, sizeof s->member_name);
    pick_text(from, s->member_email, sizeof s->member_email);
    pick_text(from, s->title, sizeof s->title);
    for (int rows = pick_byte(from) % (CHANGE_ROWS_MAX + 1); c.nrows < rows; c.nrows++)
        pick_row(from, s, &c.rows[c.nrows]);
    check_round(&c, 1U + pick_byte(from));
    change_clear(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pick from = {data + 1, size ? size - 1 : 0};

    if (!size)
        return 0;
    if (data[0] % 2)
        check_picked(&from);
    else
        check_message(from.p, from.n);
    return 0;
}
