/* libFuzzer: whole connections. Up to four clients on two loops, real from the socket to the hub (conn, ws, stomp, verbs, subscriptions, spread), in the world of
 * fake_world.h. The input is a list of what happens: what clients send (any bytes, or frames of ours), when a loop turns, which worker is done first, which
 * transaction fails, what another door stores, whose rights go. The clients check what they get (fake_peer.h); at the end the world heals, and then every
 * subscription must have all rows of its chat, every SEND its answer, and nothing may be left. */
#include <stdio.h>
#include <sys/socket.h>

#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/right_change.h"
#include "lib/chat/session.h"
#include "pushd/conn.h"
#include "pushd/hub.h"
#include "pushd/push.h"
#include "pushd/rights.h"
#include "pushd/spread.h"
#include "t/fuzz/fake_peer.h"
#include "t/fuzz/fake_world.h"
#include "t/fuzz/fuzz.h"

#define PEERS 4
#define QUEUE_SLACK 49152 /* a frame may pass the ceiling before it is felt: the largest message, six bytes a letter, and an ERROR behind it */

static struct peer peers[PEERS];
static unsigned serial;

void __real_verb_run(struct conn *conn, struct stomp_frame *frame);
void __wrap_verb_run(struct conn *conn, struct stomp_frame *frame);

/* Every frame of a client on its way to its verb. */
void __wrap_verb_run(struct conn *conn, struct stomp_frame *frame)
{
    for (int i = 0; i < PEERS; i++)
        if (peers[i].conn == conn)
            peer_note_frame(&peers[i], frame);
    __real_verb_run(conn, frame);
}

/* After each step: who is gone, and are the queues within their bounds? */
static void look(void)
{
    bool lives[PEERS] = {0};

    for (int loop = 0; loop < WORLD_LOOPS; loop++)
        for (struct conn *conn = *push_conns(world_push(loop)); conn; conn = conn->next) {
            require(conn->out.bytes <= (size_t)push_config(conn->push)->out_queue_max + QUEUE_SLACK);
            require(conn->sends <= CONN_SENDS_MAX + 1 && conn->state != CONN_DEAD);
            for (int i = 0; i < PEERS; i++)
                lives[i] |= peers[i].conn == conn;
        }
    for (int i = 0; i < PEERS; i++)
        if (!lives[i])
            peers[i].conn = NULL;
}

static void turn(int loop)
{
    world_turn(loop);
    look();
}

/* ---- what clients say ---- */

static const char *const chats[] = {"00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000003",
                                    "00000000-0000-4000-8000-000000000009"};

static void say(struct peer *p, struct buf *text)
{
    buf_add_char(text, '\0');
    peer_say(p, text->p, text->len);
    buf_free(text);
}

static void say_connect(struct peer *p, struct pick *from)
{
    static const char *const versions[] = {"1.2", "1.1", "1.0", "1.0,1.1,1.2", "9"};
    static const char *const secrets[] = {"", "c1", "c2", "a1", "a2", "s1", "nobody"};
    const char *version = versions[pick_below(from, 5)], *secret = secrets[pick_below(from, 7)];
    struct buf b = BUF_INIT;

    buf_printf(&b, "CONNECT\naccept-version:%s\nhost:x\nheart-beat:%s\n", version, pick_byte(from) % 2 ? "10000,10000" : "0,0");
    if (*secret)
        buf_printf(&b, pick_byte(from) % 2 ? "passcode:%s\n" : "login:m\npasscode:%s\n", secret);
    buf_add_str(&b, "\n");
    say(p, &b);
}

static void say_subscribe(struct peer *p, struct pick *from)
{
    static const char *const lists[] = {"/user/queue/errors", "/user/queue/messages", "/topic/chat/sessions", "/topic/chat/messages", "/topic/admin/notifications",
                                        "/topic/chat/*", "/topic/**", "/topic/open/a", "/topic/open/*", "/topic/chat/presence"};
    uint8_t what = pick_byte(from);
    struct buf b = BUF_INIT;

    buf_printf(&b, "SUBSCRIBE\nid:s%u\n", pick_below(from, 6));
    if (what % 3)
        buf_printf(&b, "destination:/topic/chat/%s%s\n", chats[what / 3 % 4], what % 16 == 5 ? "/live" : "");
    else
        buf_printf(&b, "destination:%s\n", lists[what / 3 % (sizeof lists / sizeof lists[0])]);
    what = pick_byte(from);
    if (what % 4)
        buf_printf(&b, "after:%u\n", what % 16 == 3 ? 999U : what / 4 % 8U);
    if (what % 32 == 7)
        buf_add_str(&b, "epoch:other\n");
    if (what % 2)
        buf_printf(&b, "receipt:q%u\n", ++serial);
    buf_add_str(&b, "\n");
    say(p, &b);
}

static void say_send(struct peer *p, struct pick *from)
{
    static const char *const contents[] = {"x", "\xec\x95\x88\xeb\x85\x95", "<&>", " ", ""};
    static const char *const extras[] = {"", ",\"clientMessageId\":\"00000000-0000-4000-8000-0000000000a1\"", ",\"clientMessageId\":\"00000000-0000-4000-8000-0000000000a2\"",
                                         ",\"messageTypeId\":13", ",\"typing\":false", ",\"seq\":2"};
    static const char *const apps[] = {"sendMessage", "sendMessage", "sendMessage", "addUser", "removeUser", "read", "typing"};
    const char *app = apps[pick_below(from, 7)];
    uint8_t what = pick_byte(from), extra = pick_byte(from);
    struct buf b = BUF_INIT;

    buf_printf(&b, "SEND\ndestination:/app/chat.%s\n", app);
    if (what % 8)
        buf_printf(&b, "receipt:q%u\n", ++serial);
    if (extra / 16 % 4 == 1)
        buf_printf(&b, "transaction:t%d\n", extra % 2);
    buf_printf(&b, "\n{\"sessionId\":\"%s\"", chats[what / 8 % 4]);
    if (strcmp(app, "sendMessage") == 0) {
        buf_add_str(&b, ",\"content\":\"");
        for (unsigned times = what >= 224 ? 900 : 1; times > 0; times--)
            buf_add_str(&b, contents[what / 32 % 5]);
        buf_add_str(&b, "\"");
    }
    buf_printf(&b, "%s}", extras[extra % 6]);
    say(p, &b);
}

static void say_other(struct peer *p, struct pick *from)
{
    uint8_t what = pick_byte(from);
    struct buf b = BUF_INIT;
    unsigned id = what / 8 % 6;

    switch (what % 8) {
    case 0:
    case 1:
        buf_printf(&b, "UNSUBSCRIBE\nid:s%u\n", id);
        break;
    case 2:
        buf_printf(&b, "BEGIN\ntransaction:t%u\n", id % 2);
        break;
    case 3:
        buf_printf(&b, "COMMIT\ntransaction:t%u\n", id % 2);
        break;
    case 4:
        buf_printf(&b, "ABORT\ntransaction:t%u\n", id % 2);
        break;
    case 5:
        buf_printf(&b, "ACK\nid:%u\nmessage-id:%u\n", id, id);
        break;
    case 6:
        buf_add_str(&b, "SEND\ndestination:/topic/open/a\n");
        break;
    default:
        buf_add_str(&b, id ? "NACK\nid:1\n" : "DISCONNECT\n");
        break;
    }
    buf_printf(&b, "receipt:q%u\n\n", ++serial);
    if (what % 8 == 6)
        buf_add_str(&b, id % 2 ? "open" : "\xff\xfe");
    say(p, &b);
}

/* Any bytes: as STOMP in a good frame, or as they are. */
static void say_bytes(struct peer *p, struct pick *from, bool is_raw)
{
    size_t n = pick_byte(from);

    if (n > from->n)
        n = from->n;
    if (is_raw)
        peer_put(p, from->p, n);
    else
        peer_say(p, (const char *)from->p, n);
    from->p += n;
    from->n -= n;
}

static void open_peer(struct pick *from)
{
    static const char *const cookies[] = {"c1", "c2", "a1", "a2", "s1", "nobody", NULL};
    uint8_t what = pick_byte(from);
    struct peer *p = &peers[what % PEERS];

    peer_close(p);
    turn(0);
    turn(1);
    peer_open(p, world_push(what / 4 % WORLD_LOOPS), cookies[pick_below(from, 7)], what / 8 % 4 == 0);
}

/* ---- what happens elsewhere ---- */

static void tell(int loop, struct change *c)
{
    spread_change(world_push(loop), c);
    change_clear(c);
}

/* Rows by the other door, with a hint, an empty one, none, or one that came before. */
static void other_door(struct pick *from)
{
    uint8_t what = pick_byte(from);
    struct fake_chat *chat = &world.chats[what % WORLD_CHATS];
    int rows = 1 + what / 3 % 3;
    struct change c;

    change_init(&c);
    if (what / 9 % 4 != 3)
        for (int i = 0; i < rows; i++)
            world_add_row(chat, KIND_TEXT, chat->s.member_id, "other", 5, NULL);
    if (what / 9 % 4 != 2 && chat->s.message_count > 0) {
        world_describe(chat, rows, what / 9 % 4 != 1, &c);
        tell(what / 36 % WORLD_LOOPS, &c);
    }
}

static void tell_rights(int64_t member_id, int64_t session_no)
{
    const struct right_change list[2] = {{.change_no = 1, .member_id = member_id}, {.change_no = 2, .session_no = session_no}};

    spread_rights(world_push(0), list, 2);
}

/* A chat changes hands, ends or opens again. */
static void change_chat(struct pick *from)
{
    static const struct {
        enum change_what what;
        int64_t admin_id;
        int32_t status_id;
    } steps[] = {{CHANGE_TAKEN, 20, STATUS_ACTIVE}, {CHANGE_TAKEN, 21, STATUS_ACTIVE}, {CHANGE_RETURNED, 0, STATUS_WAITING}, {CHANGE_ENDED, 20, STATUS_COMPLETED},
                 {CHANGE_NEW, 0, STATUS_WAITING}, {CHANGE_AWAY, 20, STATUS_DISCONNECTED}, {CHANGE_BACK, 20, STATUS_ACTIVE}};
    uint8_t what = pick_byte(from);
    struct fake_chat *chat = &world.chats[what % WORLD_CHATS];
    unsigned step = what / 3 % 7;
    struct change c;

    change_init(&c);
    chat->s.admin_id = steps[step].admin_id;
    chat->s.status_id = steps[step].status_id;
    world_add_row(chat, KIND_TRANSFER, 0, "step", 4, NULL);
    world_describe(chat, 1, true, &c);
    c.what = steps[step].what;
    c.side = step % 2 ? 'M' : 'A';
    if (what / 21 % 4)
        tell(what / 84 % WORLD_LOOPS, &c);
    change_clear(&c);
    tell_rights(0, chat->s.session_no);
}

static void tell_heads(void)
{
    struct session_watch list[WORLD_CHATS] = {{0}};

    for (int i = 0; i < WORLD_CHATS; i++)
        list[i] = (struct session_watch){.session_no = i + 1, .head = world.chats[i].s.message_count};
    spread_heads(world_push(0), list, WORLD_CHATS);
}

static void trouble(struct pick *from)
{
    uint8_t what = pick_byte(from);

    switch (what % 6) {
    case 0:
    case 1:
        world.is_database_away = !world.is_database_away;
        break;
    case 2:
        world.is_rate_over = !world.is_rate_over;
        break;
    case 3:
        world.is_customer_disabled = !world.is_customer_disabled;
        tell_rights(10, 0);
        break;
    case 4:
        world.is_agent_demoted = !world.is_agent_demoted;
        tell_rights(20, 1);
        break;
    default:
        world.epoch[35] = world.epoch[35] == '1' ? '2' : '1';
        break;
    }
}

static void pass_time(struct pick *from)
{
    static const int64_t steps[] = {1, 50, 400, 1000, 5000, 11000, 26000, 80000};

    world.now_ms += steps[pick_below(from, 8)];
    turn(0);
    turn(1);
}

static void commit(struct pick *from)
{
    static const enum outcome outcomes[] = {OUTCOME_DONE, OUTCOME_DONE, OUTCOME_DONE, OUTCOME_REFUSED, OUTCOME_UNKNOWN, OUTCOME_UNKNOWN, OUTCOME_AWAY};
    uint8_t what = pick_byte(from);
    unsigned outcome = what / 4 % 7;

    world_commit(what % 4, outcomes[outcome], outcome == 4);
}

static void end_peer(struct peer *p, struct pick *from)
{
    if (pick_byte(from) % 2)
        shutdown(p->fd, SHUT_WR);
    else
        peer_close(p);
}

/* ---- the steps ---- */

static void client_step(uint8_t op, struct pick *from)
{
    struct peer *p = &peers[pick_below(from, PEERS)];

    if (p->fd < 0)
        return;
    switch (op) {
    case 0:
        say_bytes(p, from, false);
        break;
    case 1:
        say_bytes(p, from, true);
        break;
    case 2:
        say_connect(p, from);
        break;
    case 3:
    case 4:
        say_subscribe(p, from);
        break;
    case 5:
    case 6:
        say_send(p, from);
        break;
    case 7:
        say_other(p, from);
        break;
    case 8:
        peer_read(p, 64U * pick_byte(from));
        break;
    default:
        end_peer(p, from);
        break;
    }
}

#define CLIENT_STEPS 10

static void world_step(uint8_t op, struct pick *from)
{
    switch (op) {
    case 0:
    case 1:
        turn(pick_byte(from) % WORLD_LOOPS);
        break;
    case 2:
        world_run_job(pick_byte(from));
        break;
    case 3:
        world_give_job(pick_byte(from));
        break;
    case 4:
        commit(from);
        break;
    case 5:
        world_give_write(pick_byte(from));
        break;
    case 6:
        pass_time(from);
        break;
    case 7:
        other_door(from);
        break;
    case 8:
        if (pick_byte(from) % 2)
            tell_heads();
        else
            spread_sweep(world.fleet);
        break;
    case 9:
        trouble(from);
        break;
    case 10:
        open_peer(from);
        break;
    case 11:
        change_chat(from);
        break;
    default: /* the quick way: all that is out comes back, and both loops turn */
        while (world.waiting_count || world.ran_count || world.wanted_count || world.committed_count) {
            world_run_job(0);
            world_give_job(0);
            world_commit(0, OUTCOME_DONE, true);
            world_give_write(0);
        }
        turn(0);
        turn(1);
        break;
    }
}

#define WORLD_STEPS 14

/* ---- the end ---- */

static void check_subs(const struct peer *p)
{
    for (const struct sub *sub = p->conn->subs; sub; sub = sub->conn_next) {
        int32_t head, last;
        if (sub->kind != SUB_ROOM)
            continue;
        head = world.chats[sub->room->session_no - 1].s.message_count;
        require(!sub->is_replaying && sub->room->gate.last == head && sub->next_seq >= head + 1);
        last = peer_last(p, sub->id, sub->room->session_id);
        require(last == 0 || last == head || sub->next_seq > head + 1);
    }
}

/* All is well again: what was lost on the way must be found now. */
static void heal(void)
{
    static const uint8_t none[1];
    struct pick from = {none, 0};

    world.is_database_away = world.is_rate_over = false;
    spread_sweep(world.fleet);
    for (int round = 0; round < 24; round++) {
        world_step(WORLD_STEPS - 1, &from);
        for (int i = 0; i < PEERS; i++)
            while (peer_read(&peers[i], 65536))
                turn(0), turn(1);
        if (round == 4)
            tell_heads();
        world.now_ms += 300;
    }
    for (int i = 0; i < PEERS; i++) {
        struct peer *p = &peers[i];
        if (!p->conn || p->conn->state != CONN_LIVE || !conn_is_up(p->conn))
            continue;
        require(!p->has_error && !p->has_close && !p->conn->out.bytes && !p->conn->sends && !p->conn->jobs && !p->conn->is_paused);
        peer_check_answers(p);
        check_subs(p);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pick from = {data, size};

    world_begin();
    serial = 0;
    for (int i = 0; i < PEERS; i++)
        peers[i] = (struct peer){.fd = -1};
    peer_open(&peers[0], world_push(0), "c1", false);
    peer_open(&peers[1], world_push(1), "a1", false);
    for (int steps = 0; from.n > 0 && steps < 400; steps++) {
        uint8_t op = pick_byte(&from) % (CLIENT_STEPS + WORLD_STEPS);
        if (op < CLIENT_STEPS)
            client_step(op, &from);
        else
            world_step((uint8_t)(op - CLIENT_STEPS), &from);
        look();
    }
    heal();
    for (int i = 0; i < PEERS; i++)
        peer_close(&peers[i]);
    for (int round = 0; round < 20 && (*push_conns(world_push(0)) || *push_conns(world_push(1))); round++) {
        world.now_ms += 5000;
        turn(0);
        turn(1);
    }
    world_end();
    return 0;
}
