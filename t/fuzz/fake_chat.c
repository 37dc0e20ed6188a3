/* fake_chat: the functions of lib/chat that ask the database, over three chats and five members in memory. Snapshots are consistent, as a transaction's are. */
#include "lib/base/log.h"
#include "lib/chat/attachment.h"
#include "lib/chat/auth.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/online.h"
#include "lib/chat/rate.h"
#include "lib/chat/right.h"
#include "lib/chat/right_change.h"
#include "lib/chat/session.h"
#include "t/fuzz/fake_world.h"
#include "t/fuzz/fuzz.h"

static const char *const ids[WORLD_CHATS] = {"00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000003"};

/* ---- the log of what happens here: only what may never be said ---- */

void log_line(enum log_level level, const char *format, ...)
{
    require(level < LOG_ERROR || strncmp(format, "log_has_a_hole", 14) != 0);
}

int64_t rate_take(enum rate_kind kind, uint64_t key, struct config_rate rate, int64_t burst, int64_t now_ms)
{
    (void)kind;
    (void)key;
    (void)rate;
    (void)burst;
    (void)now_ms;
    return world.is_rate_over ? 300 : 0;
}

bool code_refresh(struct db *db)
{
    (void)db;
    return true;
}

/* ---- chats ---- */

void world_make_chats(void)
{
    static const struct {
        int64_t member_id, admin_id;
        int32_t status_id;
    } all[WORLD_CHATS] = {{10, 20, STATUS_ACTIVE}, {11, 0, STATUS_WAITING}, {10, 20, STATUS_COMPLETED}};

    for (int i = 0; i < WORLD_CHATS; i++) {
        struct session *s = &world.chats[i].s;
        s->session_no = i + 1;
        memcpy(s->session_id, ids[i], UUID_TEXT_SIZE);
        s->member_id = all[i].member_id;
        s->admin_id = all[i].admin_id;
        s->status_id = all[i].status_id;
        memcpy(s->member_name, "customer", 9);
        s->start_ms = s->end_ms = s->accept_ms = s->first_response_ms = s->queue_since_ms = s->queue_entered_ms = s->hold_since_ms = -1;
        s->member_grace_ms = s->admin_grace_ms = s->member_last_seen_ms = s->admin_last_seen_ms = -1;
        s->cdate_ms = s->udate_ms = world.now_ms;
        for (int row = 0; row < 3 * i; row++)
            world_add_row(&world.chats[i], KIND_TEXT, s->member_id, "before", 6, NULL);
    }
}

void world_forget_chats(void)
{
    for (int i = 0; i < WORLD_CHATS; i++)
        for (int32_t row = 0; row < world.chats[i].s.message_count; row++)
            message_clear(&world.chats[i].rows[row]);
}

struct fake_chat *world_chat(const char *session_id)
{
    for (int i = 0; i < WORLD_CHATS; i++)
        if (strcmp(world.chats[i].s.session_id, session_id) == 0)
            return &world.chats[i];
    return NULL;
}

static struct fake_chat *chat_no(int64_t session_no)
{
    return session_no >= 1 && session_no <= WORLD_CHATS ? &world.chats[session_no - 1] : NULL;
}

const struct message *world_add_row(struct fake_chat *chat, enum message_kind kind, int64_t sender_id, const char *content, size_t n, const char *client_message_id)
{
    struct message *m = &chat->rows[chat->s.message_count];

    if (chat->s.message_count >= WORLD_ROWS)
        return NULL;
    m->session_no = chat->s.session_no;
    memcpy(m->session_id, chat->s.session_id, UUID_TEXT_SIZE);
    m->seq = ++chat->s.message_count;
    m->message_id = m->session_no << 20 | m->seq;
    m->sender_id = sender_id;
    m->sender_type = sender_id == chat->s.member_id ? 'M' : 'A';
    m->message_type_id = TYPE_NORMAL;
    m->kind = kind;
    m->is_read = 'N';
    m->cdate_ms = world.now_ms;
    if (client_message_id)
        memcpy(m->client_message_id, client_message_id, UUID_TEXT_SIZE);
    m->content = fuzz_copy(content, n, true);
    m->content_len = n;
    return m;
}

void world_describe(const struct fake_chat *chat, int rows, bool with_content, struct change *c)
{
    c->what = CHANGE_ROWS;
    c->session = chat->s;
    for (int32_t i = chat->s.message_count - rows; i < chat->s.message_count; i++) {
        if (i < 0)
            continue;
        require(message_copy(&c->rows[c->nrows], &chat->rows[i]));
        if (!with_content) {
            free(c->rows[c->nrows].content);
            c->rows[c->nrows].content = NULL;
            c->rows[c->nrows].content_len = 0;
        }
        c->nrows++;
    }
}

/* ---- who ---- */

static const struct member {
    const char *secret;
    int64_t member_id;
    enum role role;
} members[] = {{"c1", 10, ROLE_CUSTOMER}, {"c2", 11, ROLE_GUEST}, {"a1", 20, ROLE_AGENT}, {"a2", 21, ROLE_AGENT}, {"s1", 30, ROLE_SUPERVISOR}};

static enum outcome find_member(const char *secret, int64_t member_id, struct principal *who_r)
{
    memset(who_r, 0, sizeof *who_r);
    if (world.is_database_away)
        return OUTCOME_AWAY;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const struct member *m = &members[i];
        if (secret ? strcmp(m->secret, secret) != 0 : m->member_id != member_id)
            continue;
        if (world.is_customer_disabled && m->member_id == 10)
            return OUTCOME_REFUSED;
        who_r->member_id = m->member_id;
        who_r->role = world.is_agent_demoted && m->role == ROLE_AGENT ? ROLE_CUSTOMER : m->role;
        memcpy(who_r->nickname, "name", 5);
        memcpy(who_r->lang, m->member_id % 2 ? "en" : "ko", 3);
        return OUTCOME_DONE;
    }
    return OUTCOME_REFUSED;
}

enum outcome auth_by_cookie(struct db *db, const struct config *config, const char *cookie, struct principal *who_r, struct refusal *refusal_r)
{
    (void)db;
    (void)config;
    (void)refusal_r;
    return find_member(cookie, 0, who_r);
}

enum outcome auth_by_bearer(struct db *db, const struct config *config, const char *token, struct principal *who_r, struct refusal *refusal_r)
{
    return auth_by_cookie(db, config, token, who_r, refusal_r);
}

void auth_by_secrets(struct db *db, const struct config *config, struct auth_claim **claims, size_t n)
{
    (void)db;
    (void)config;
    for (size_t i = 0; i < n; i++)
        claims[i]->outcome = find_member(claims[i]->secret, 0, &claims[i]->who);
}

enum outcome auth_by_password(struct db *db, const struct config *config, const char *email, const char *password, const char *address, struct principal *who_r,
                              struct refusal *refusal_r)
{
    (void)email;
    (void)address;
    return auth_by_cookie(db, config, password, who_r, refusal_r);
}

enum outcome auth_by_member(struct db *db, int64_t member_id, struct principal *who_r)
{
    (void)db;
    return find_member(NULL, member_id, who_r);
}

/* ---- reads ---- */

static enum outcome find_chat(const struct principal *who, struct fake_chat *chat, enum right right, struct session *session_r)
{
    if (world.is_database_away)
        return OUTCOME_AWAY;
    if (!chat || (who && !right_may(who, right, &chat->s)))
        return OUTCOME_REFUSED;
    *session_r = chat->s;
    return OUTCOME_DONE;
}

enum outcome session_find(struct db *db, const struct principal *who, const char *session_id, struct session *session_r, struct refusal *refusal_r)
{
    enum outcome outcome = find_chat(who, world_chat(session_id), RIGHT_READ, session_r);

    (void)db;
    return outcome == OUTCOME_REFUSED ? refuse_absent(refusal_r) : outcome;
}

enum outcome session_find_no(struct db *db, int64_t session_no, struct session *session_r)
{
    (void)db;
    return find_chat(NULL, chat_no(session_no), RIGHT_READ, session_r);
}

void session_claim_all(struct db *db, struct session_claim **claims, size_t n)
{
    (void)db;
    for (size_t i = 0; i < n; i++)
        claims[i]->outcome = find_chat(claims[i]->who, world_chat(claims[i]->session_id), RIGHT_SUBSCRIBE, &claims[i]->session);
}

enum outcome session_find_open(struct db *db, int64_t member_id, struct session *session_r, struct refusal *refusal_r)
{
    (void)db;
    if (world.is_database_away)
        return OUTCOME_AWAY;
    for (int i = 0; i < WORLD_CHATS; i++)
        if (world.chats[i].s.member_id == member_id && world.chats[i].s.status_id != STATUS_COMPLETED) {
            *session_r = world.chats[i].s;
            return OUTCOME_DONE;
        }
    return refuse_absent(refusal_r);
}

enum outcome session_list(struct db *db, const struct session_filter *filter, struct session **list_r, size_t *n_r, int64_t *next_r, int64_t *total_r)
{
    (void)db;
    (void)total_r;
    *n_r = 0;
    *next_r = 0;
    if (world.is_database_away)
        return OUTCOME_AWAY;
    *list_r = calloc(WORLD_CHATS, sizeof **list_r);
    require(*list_r != NULL);
    for (int i = 0; i < WORLD_CHATS; i++)
        if (world.chats[i].s.admin_id == filter->admin_id && world.chats[i].s.status_id != STATUS_COMPLETED)
            (*list_r)[(*n_r)++] = world.chats[i].s;
    return OUTCOME_DONE;
}

enum outcome session_queue_place(struct db *db, const struct session *s, int64_t *place_r, int64_t *estimate_s_r)
{
    (void)db;
    *place_r = s->status_id == STATUS_WAITING;
    *estimate_s_r = -1;
    return world.is_database_away ? OUTCOME_AWAY : OUTCOME_DONE;
}

enum outcome session_heads(struct db *db, const int64_t *session_nos, size_t n, struct session_watch **list_r, size_t *n_r)
{
    (void)db;
    *n_r = 0;
    if (world.is_database_away)
        return OUTCOME_AWAY;
    *list_r = calloc(n + 1, sizeof **list_r);
    require(*list_r != NULL);
    for (size_t i = 0; i < n; i++) {
        const struct fake_chat *chat = chat_no(session_nos[i]);
        require(chat != NULL); /* a room learns its number from the database or from a hint, and ours tell no lies of it */
        (*list_r)[(*n_r)++] = (struct session_watch){.session_no = chat->s.session_no, .head = chat->s.message_count, .member_id = chat->s.member_id,
                                                     .admin_id = chat->s.admin_id, .status_id = chat->s.status_id};
    }
    return OUTCOME_DONE;
}

bool session_see(struct db *db, enum side side, struct session_seen **seen, size_t n)
{
    (void)db;
    (void)side;
    for (size_t i = 0; i < n; i++)
        seen[i]->is_done = seen[i]->session_no != 1;
    return !world.is_database_away;
}

enum outcome session_mark_read(struct db *db, const struct principal *who, const char *session_id, int32_t seq, struct change *change_r, struct refusal *refusal_r)
{
    struct fake_chat *chat = world_chat(session_id);
    int32_t *mark;

    (void)db;
    if (world.is_database_away)
        return OUTCOME_AWAY;
    if (!chat || !right_may(who, RIGHT_SEND, &chat->s))
        return refuse_absent(refusal_r);
    mark = right_side(who, &chat->s) == 'M' ? &chat->s.member_read_seq : &chat->s.admin_read_seq;
    if (seq == 0 || seq > chat->s.message_count)
        seq = chat->s.message_count;
    if (seq <= *mark)
        return OUTCOME_SAME;
    *mark = seq;
    change_r->what = CHANGE_READ;
    change_r->side = right_side(who, &chat->s);
    change_r->read_seq = seq;
    change_r->session = chat->s;
    return OUTCOME_DONE;
}

bool message_epoch(struct db *db, char epoch_r[UUID_TEXT_SIZE])
{
    (void)db;
    memcpy(epoch_r, world.is_database_away ? "" : world.epoch, world.is_database_away ? 1 : UUID_TEXT_SIZE);
    return !world.is_database_away;
}

enum outcome message_list(struct db *db, int64_t session_no, int32_t after, int32_t before, int limit, struct message **rows_r, size_t *n_r)
{
    const struct fake_chat *chat = chat_no(session_no);

    (void)db;
    *rows_r = NULL;
    *n_r = 0;
    require(after >= 0 && before < 0 && limit > 0);
    if (world.is_database_away)
        return OUTCOME_AWAY;
    require(chat != NULL);
    *rows_r = calloc((size_t)limit, sizeof **rows_r);
    require(*rows_r != NULL);
    for (int32_t i = after; i < chat->s.message_count && *n_r < (size_t)limit; i++)
        require(message_copy(&(*rows_r)[(*n_r)++], &chat->rows[i]));
    return OUTCOME_DONE;
}
