/* The link to MariaDB is cut at COMMIT: before it reaches the server, on its way there, or when its answer comes back. Whatever happens, an answer DONE means one row, AWAY
 * none, and a resend with the same clientMessageId ends with exactly one. A small proxy between the program and MariaDB's socket does the cutting. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/counter.h"
#include "lib/chat/db.h"
#include "lib/chat/session.h"

enum cut { CUT_NOTHING, CUT_BEFORE_COMMIT, CUT_COMMIT_ANSWER, CUT_ANSWER_AND_STAY_AWAY, CUT_AND_COMMIT_LATER };
static atomic_int cut; /* what the proxy does at the next COMMIT */
static atomic_bool is_away;
static atomic_int connections;
static char proxy_path[100];
static int proxy_listen;
static struct config *config;
static struct db *direct; /* not through the proxy: what is really stored */

static int connect_to(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool pass(int from, int to, char *bytes, size_t size, ssize_t *n_r)
{
    *n_r = read(from, bytes, size);
    return *n_r > 0 && write(to, bytes, (size_t)*n_r) == *n_r;
}

/* Until the program, which had so many connections before, is back and, by its first lock, waits for what became of its transaction. */
static void wait_for_next_connection(int before)
{
    while (atomic_load(&connections) == before)
        sched_yield();
    for (int i = 0; i < 3; i++) /* and a while, in which a reader without that lock would find nothing */
        poll(NULL, 0, 100);
}

/* Which packets of a connection commit: COMMIT itself, and prepared statements that end with it. Each is the whole of what the client sends then: length and
 * number, a byte that says what it is, the rest. */
struct commits {
    bool is_preparing;
    uint32_t ids[16];
    size_t n;
};

static bool is_commit(struct commits *c, const char *bytes, size_t n)
{
    uint32_t id;

    c->is_preparing = n > 5 && bytes[4] == 0x16 && memmem(bytes, n, "; COMMIT; END", 13);
    if (n == 11 && memcmp(bytes + 4, "\003COMMIT", 7) == 0)
        return true;
    if (n < 9 || bytes[4] != 0x17)
        return false;
    memcpy(&id, bytes + 5, sizeof(id));
    for (size_t i = 0; i < c->n; i++)
        if (c->ids[i] == id)
            return true;
    return false;
}

/* The answer to what was prepared: a zero byte, then its number. */
static void see_answer(struct commits *c, const char *bytes, size_t n)
{
    if (c->is_preparing && n > 9 && bytes[4] == 0 && c->n < 16)
        memcpy(&c->ids[c->n++], bytes + 5, sizeof(c->ids[0]));
    c->is_preparing = false;
}

/* One connection. */
static void *relay(void *arg)
{
    const int client = *(int *)arg, server = connect_to(getenv("SANGDAM_DB_SOCKET"));
    struct commits commits = {0};
    bool drop_answer = false;
    char bytes[16384];
    ssize_t n;

    free(arg);
    while (server >= 0) {
        struct pollfd p[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};

        if (poll(p, 2, 20000) <= 0)
            break;
        if (p[0].revents) {
            n = read(client, bytes, sizeof(bytes));
            if (n <= 0)
                break;
            if (is_commit(&commits, bytes, (size_t)n) && atomic_load(&cut) != CUT_NOTHING) {
                const int what = atomic_exchange(&cut, CUT_NOTHING);

                atomic_store(&is_away, what == CUT_ANSWER_AND_STAY_AWAY);
                if (what == CUT_BEFORE_COMMIT)
                    break;
                if (what == CUT_AND_COMMIT_LATER) { /* the program is asking for the outcome already when COMMIT arrives */
                    const int before = atomic_load(&connections); /* it may be back the moment after */

                    shutdown(client, SHUT_RDWR);
                    wait_for_next_connection(before);
                }
                drop_answer = true;
            }
            if (write(server, bytes, (size_t)n) != n)
                break;
        }
        if (p[1].revents) {
            if (drop_answer && read(server, bytes, sizeof(bytes)) > 0)
                break;
            if (!pass(server, client, bytes, sizeof(bytes), &n))
                break;
            see_answer(&commits, bytes, (size_t)n);
        }
    }
    if (server >= 0)
        close(server);
    close(client);
    return NULL;
}

static void *accept_loop(void *unused)
{
    (void)unused;
    for (;;) {
        int *fd = malloc(sizeof(*fd));
        pthread_t thread;

        *fd = accept(proxy_listen, NULL, NULL);
        if (*fd < 0) {
            free(fd);
            return NULL;
        }
        atomic_fetch_add(&connections, 1);
        if (atomic_load(&is_away)) {
            close(*fd);
            free(fd);
            continue;
        }
        pthread_create(&thread, NULL, relay, fd);
        pthread_detach(thread);
    }
}

static pthread_t acceptor;

static int set_up(void **state)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    char error[200], pair[300], own[300];
    struct config *direct_config;

    (void)state;
    snprintf(proxy_path, sizeof(proxy_path), "%s.proxy", getenv("SANGDAM_DB_SOCKET"));
    snprintf(a.sun_path, sizeof(a.sun_path), "%s", proxy_path);
    proxy_listen = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(proxy_listen, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(proxy_listen, 8) != 0)
        return -1;
    pthread_create(&acceptor, NULL, accept_loop, NULL);
    snprintf(pair, sizeof(pair), "db_socket=%s", proxy_path);
    snprintf(own, sizeof(own), "db_socket=%s", getenv("SANGDAM_DB_SOCKET"));
    log_start("test_commit", LOG_FATAL);
    config = config_load_pairs((const char *const[]){pair, "db_user=root"}, 2, error, sizeof(error));
    direct_config = config_load_pairs((const char *const[]){own, "db_user=root"}, 2, error, sizeof(error));
    if (!config || !direct_config || !token_start())
        return -1;
    direct = db_open(direct_config);
    *state = direct_config;
    return code_refresh(direct) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct config *direct_config = *state;

    shutdown(proxy_listen, SHUT_RDWR);
    pthread_join(acceptor, NULL);
    close(proxy_listen);
    db_close(&direct);
    config_free(&config);
    config_free(&direct_config);
    return 0;
}

static bool chains; /* as pushd's writers do, or as a FastCGI program */

static struct db *open_linked(void)
{
    struct db *db = db_open(config);

    if (chains)
        db_set_chaining(db);
    return db;
}

static int64_t rows_of(const char *key)
{
    struct db_rows *rows = db_query(direct, "SELECT COUNT(*) FROM chat_message WHERE client_message_id = ?", DB_ARGS(db_text(key)));
    int64_t n = db_cell_int(rows, 0, 0);

    db_rows_free(&rows);
    return n;
}

static void cuts_the_link(enum cut what, enum outcome wanted, int64_t rows_wanted)
{
    const int64_t now = clock_wall_ms();
    struct principal who = {.role = ROLE_CUSTOMER, .nickname = "끊김"};
    struct message_draft draft = {.content = "한 번만", .content_len = strlen("한 번만")};
    struct db *db = open_linked();
    struct change change;
    struct refusal refusal;
    char id[UUID_TEXT_SIZE], key[UUID_TEXT_SIZE];

    assert_true(db_exec(direct, "INSERT INTO member (nickname, gubun, cdate, udate) VALUES ('끊김', 1, ?, ?)", DB_ARGS(db_time(now), db_time(now)), NULL));
    who.member_id = db_insert_id(direct);
    assert_int_equal(session_request(db, &who, 200, NULL, &change, &refusal), OUTCOME_DONE);
    memcpy(id, change.session.session_id, sizeof(id));
    change_clear(&change);
    uuid_new(key);
    draft.session_id = id;
    draft.client_message_id = key;
    atomic_store(&cut, what);
    assert_int_equal(message_send(db, &who, &draft, &change, &refusal), wanted);
    assert_int_equal(atomic_load(&cut), CUT_NOTHING);
    assert_int_equal(rows_of(key), rows_wanted);
    assert_int_equal(change.nrows, wanted == OUTCOME_DONE ? 1 : 0);
    change_clear(&change);
    atomic_store(&is_away, false);
    assert_int_equal(message_send(db, &who, &draft, &change, &refusal), rows_wanted ? OUTCOME_SAME : OUTCOME_DONE);
    assert_int_equal(change.rows[0].seq, 1);
    assert_int_equal(rows_of(key), 1);
    change_clear(&change);
    db_close(&db);
}

/* The server closes a link that is idle, whose next transaction has begun by the last COMMIT: the first statement makes it anew, and none is lost. What ran
 * between two transactions is committed by itself. */
static void idle_link_is_closed(void **state)
{
    struct db *db = open_linked();
    struct db_rows *rows;
    uint64_t n;

    (void)state;
    for (int i = 0; i < 3; i++) {
        char kill[64];
        int64_t was;

        assert_true(db_begin(db) && db_exec(db, "UPDATE member SET udate = cdate WHERE gubun = 1", NULL, 0, NULL) && db_commit(db));
        rows = db_query(db, "SELECT CONNECTION_ID()", NULL, 0);
        assert_non_null(rows);
        was = db_cell_int(rows, 0, 0);
        db_rows_free(&rows);
        if (i == 1)
            db_rest(db);
        snprintf(kill, sizeof(kill), "KILL CONNECTION %lld", (long long)was);
        assert_true(i == 2 || db_script(direct, kill));
        assert_true(i != 2 || db_exec(db, "INSERT INTO member (nickname, gubun, cdate, udate) VALUES ('홀로', 1, NOW(3), NOW(3))", NULL, 0, NULL));
        assert_true(db_begin(db));
        rows = db_query(db, "SELECT CONNECTION_ID()", NULL, 0);
        assert_non_null(rows);
        assert_int_equal(db_cell_int(rows, 0, 0) == was, i == 2);
        db_rows_free(&rows);
        assert_true(db_exec(db, "INSERT INTO member (nickname, gubun, cdate, udate) VALUES ('무효', 1, NOW(3), NOW(3))", NULL, 0, NULL));
        db_rollback(db);
    }
    db_close(&db);
    assert_true(db_exec(direct, "DELETE FROM member WHERE nickname = '무효'", NULL, 0, &n));
    assert_int_equal(n, 0);
    assert_true(db_exec(direct, "DELETE FROM member WHERE nickname = '홀로'", NULL, 0, &n));
    assert_int_equal(n, 1);
}

static void commit_never_arrives(void **state)
{
    (void)state;
    cuts_the_link(CUT_BEFORE_COMMIT, OUTCOME_AWAY, 0); /* settled: the log says it is not there */
}

static void answer_to_commit_is_lost(void **state)
{
    (void)state;
    cuts_the_link(CUT_COMMIT_ANSWER, OUTCOME_DONE, 1); /* settled: it is there */
}

static void answer_is_lost_and_nobody_can_be_asked(void **state)
{
    (void)state;
    cuts_the_link(CUT_ANSWER_AND_STAY_AWAY, OUTCOME_UNKNOWN, 1);
}

static void commit_arrives_late(void **state)
{
    (void)state;
    cuts_the_link(CUT_AND_COMMIT_LATER, OUTCOME_DONE, 1); /* settled: the old transaction's locks are waited for */
}

/* ---- a batch of four: two new ones of two chats, one of them twice, and one that is refused ---- */

enum { FOUR = 4 };

static struct principal new_chat(struct db *db, char id_r[UUID_TEXT_SIZE])
{
    const int64_t now = clock_wall_ms();
    struct principal who = {.role = ROLE_CUSTOMER, .nickname = "끊김"};
    struct change change;
    struct refusal refusal;

    assert_true(db_exec(direct, "INSERT INTO member (nickname, gubun, cdate, udate) VALUES ('끊김', 1, ?, ?)", DB_ARGS(db_time(now), db_time(now)), NULL));
    who.member_id = db_insert_id(direct);
    assert_int_equal(session_request(db, &who, 200, NULL, &change, &refusal), OUTCOME_DONE);
    memcpy(id_r, change.session.session_id, UUID_TEXT_SIZE);
    change_clear(&change);
    return who;
}

static void send_four(struct db *db, const struct principal *who, char id[2][UUID_TEXT_SIZE], char key[2][UUID_TEXT_SIZE], const enum outcome wanted[FOUR])
{
    static const int chat_of[FOUR] = {0, 1, 0, 1};
    struct message_item items[FOUR] = {0};
    struct change changes[FOUR];

    for (int i = 0; i < FOUR; i++) {
        items[i].who = &who[chat_of[i]];
        items[i].change = &changes[i];
        items[i].draft = (struct message_draft){.session_id = id[chat_of[i]], .content = i == 3 ? " " : "글", .content_len = i == 3 ? 1 : strlen("글"),
                                                .client_message_id = key[chat_of[i]]};
    }
    message_send_batch(db, items, FOUR);
    for (int i = 0; i < FOUR; i++) {
        assert_int_equal(items[i].outcome, wanted[i]);
        if (wanted[i] == OUTCOME_DONE || wanted[i] == OUTCOME_SAME)
            assert_int_equal(changes[i].rows[0].seq, 1);
        else
            assert_int_equal(changes[i].nrows, 0);
        change_clear(&changes[i]);
    }
}

static void cuts_a_batch(enum cut what, const enum outcome wanted[FOUR], int64_t rows_wanted)
{
    struct db *db = open_linked();
    char id[2][UUID_TEXT_SIZE], key[2][UUID_TEXT_SIZE];
    struct principal who[2];

    for (int i = 0; i < 2; i++) {
        who[i] = new_chat(db, id[i]);
        uuid_new(key[i]);
    }
    atomic_store(&cut, what);
    send_four(db, who, id, key, wanted);
    assert_int_equal(atomic_load(&cut), CUT_NOTHING);
    for (int i = 0; i < 2; i++)
        assert_int_equal(rows_of(key[i]), rows_wanted);
    atomic_store(&is_away, false);
    if (rows_wanted)
        send_four(db, who, id, key, (const enum outcome[FOUR]){OUTCOME_SAME, OUTCOME_SAME, OUTCOME_SAME, OUTCOME_REFUSED});
    else
        send_four(db, who, id, key, (const enum outcome[FOUR]){OUTCOME_DONE, OUTCOME_DONE, OUTCOME_SAME, OUTCOME_REFUSED});
    for (int i = 0; i < 2; i++)
        assert_int_equal(rows_of(key[i]), 1);
    db_close(&db);
}

static void each_row_of_a_batch_is_settled(void **state)
{
    (void)state;
    cuts_a_batch(CUT_COMMIT_ANSWER, (const enum outcome[FOUR]){OUTCOME_DONE, OUTCOME_DONE, OUTCOME_SAME, OUTCOME_REFUSED}, 1);
    cuts_a_batch(CUT_AND_COMMIT_LATER, (const enum outcome[FOUR]){OUTCOME_DONE, OUTCOME_DONE, OUTCOME_SAME, OUTCOME_REFUSED}, 1);
    cuts_a_batch(CUT_BEFORE_COMMIT, (const enum outcome[FOUR]){OUTCOME_AWAY, OUTCOME_AWAY, OUTCOME_AWAY, OUTCOME_REFUSED}, 0);
    cuts_a_batch(CUT_ANSWER_AND_STAY_AWAY, (const enum outcome[FOUR]){OUTCOME_UNKNOWN, OUTCOME_UNKNOWN, OUTCOME_UNKNOWN, OUTCOME_REFUSED}, 1);
}

static int in_a_chain(void **state)
{
    (void)state;
    chains = true;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commit_never_arrives), cmocka_unit_test(answer_to_commit_is_lost), cmocka_unit_test(answer_is_lost_and_nobody_can_be_asked),
        cmocka_unit_test(commit_arrives_late), cmocka_unit_test(each_row_of_a_batch_is_settled), cmocka_unit_test(idle_link_is_closed),
        /* and all of it in a chain of transactions */
        cmocka_unit_test_setup(commit_never_arrives, in_a_chain), cmocka_unit_test(answer_to_commit_is_lost), cmocka_unit_test(answer_is_lost_and_nobody_can_be_asked),
        cmocka_unit_test(commit_arrives_late), cmocka_unit_test(each_row_of_a_batch_is_settled), cmocka_unit_test(idle_link_is_closed),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
