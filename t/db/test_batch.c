/* Many messages in one transaction, against a real MariaDB: order, repeats, refusals, deadlocks and locks that somebody keeps, and that none of it
 * harms a neighbour in the batch. */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/counter.h"
#include "lib/chat/db.h"
#include "lib/chat/session.h"

#define ITEMS_MAX 700

static struct config *config;
static struct db *db;
static struct message_item items[ITEMS_MAX];
static struct change changes[ITEMS_MAX];
static size_t nitems;

struct chat {
    char id[UUID_TEXT_SIZE];
    int64_t no;
    struct principal customer;
};

static int set_up(void **state)
{
    char error[200], pair[300];

    (void)state;
    snprintf(pair, sizeof(pair), "db_socket=%s", getenv("SANGDAM_DB_SOCKET"));
    log_start("test_batch", LOG_FATAL);
    config = config_load_pairs((const char *const[]){pair, "db_user=root"}, 2, error, sizeof(error));
    if (!config || !token_start())
        return -1;
    db = db_open(config);
    return code_refresh(db) ? 0 : -1;
}

static void forget_items(void)
{
    for (size_t i = 0; i < nitems; i++)
        change_clear(&changes[i]);
    memset(items, 0, sizeof(items));
    nitems = 0;
}

static int tear_down(void **state)
{
    (void)state;
    forget_items();
    db_close(&db);
    config_free(&config);
    return 0;
}

static struct principal new_member(enum role role)
{
    struct principal p = {.role = role, .nickname = "묶음"};
    const int64_t now = clock_wall_ms();

    assert_true(db_exec(db, "INSERT INTO member (nickname, gubun, status, cdate, udate) VALUES ('묶음',?,1,?,?)",
                        DB_ARGS(db_int(role_gubun(role)), db_time(now), db_time(now)), NULL));
    p.member_id = db_insert_id(db);
    return p;
}

static struct chat new_chat(void)
{
    struct chat chat = {.customer = new_member(ROLE_CUSTOMER)};
    struct change c;
    struct refusal refusal;

    assert_int_equal(session_request(db, &chat.customer, 200, NULL, &c, &refusal), OUTCOME_DONE);
    memcpy(chat.id, c.session.session_id, sizeof(chat.id));
    chat.no = c.session.session_no;
    change_clear(&c);
    return chat;
}

static struct principal accept(const struct chat *chat)
{
    struct principal agent = new_member(ROLE_AGENT);
    struct change c;
    struct refusal refusal;

    assert_int_equal(session_accept(db, &agent, chat->id, &c, &refusal), OUTCOME_DONE);
    change_clear(&c);
    return agent;
}

static size_t add(const struct principal *who, const char *id, const char *text, const char *key)
{
    assert_true(nitems < ITEMS_MAX);
    items[nitems] = (struct message_item){
        .who = who,
        .draft = {.session_id = id, .content = text, .content_len = strlen(text), .client_message_id = key},
        .change = &changes[nitems],
    };
    return nitems++;
}

static void expect(size_t i, enum outcome outcome, int32_t seq)
{
    assert_int_equal(items[i].outcome, outcome);
    assert_int_equal(changes[i].nrows, outcome == OUTCOME_DONE || outcome == OUTCOME_SAME ? 1 : 0);
    if (changes[i].nrows)
        assert_int_equal(changes[i].rows[0].seq, seq);
}

static int64_t ask(const char *sql, int64_t session_no)
{
    struct db_rows *rows = db_query(db, sql, DB_ARGS(db_int(session_no)));
    int64_t v;

    assert_int_equal(db_rows_count(rows), 1);
    v = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    return v;
}

/* The table holds seq 1..n, and the head says so. */
static void expect_log(const struct chat *chat, int64_t n)
{
    assert_int_equal(ask("SELECT COUNT(*) FROM chat_message WHERE session_no = ?", chat->no), n);
    assert_int_equal(ask("SELECT COALESCE(MAX(seq), 0) FROM chat_message WHERE session_no = ?", chat->no), n);
    assert_int_equal(ask("SELECT message_count FROM chat_session WHERE session_no = ?", chat->no), n);
}

static void repeats_are_found_within_and_before(void **state)
{
    struct chat one = new_chat(), other = new_chat();
    struct principal agent = accept(&one);
    char old[UUID_TEXT_SIZE], key[UUID_TEXT_SIZE];

    (void)state;
    uuid_new(old);
    uuid_new(key);
    add(&one.customer, one.id, "예전 글", old);
    message_send_batch(db, items, nitems);
    expect(0, OUTCOME_DONE, 2);
    forget_items();

    add(&one.customer, one.id, "첫째", key);     /* 0 */
    add(&one.customer, one.id, "첫째", key);     /* 1: the same again */
    add(&one.customer, one.id, "둘째", key);     /* 2: another body */
    add(&agent, one.id, "첫째", key);            /* 3: another sender */
    add(&other.customer, other.id, "첫째", key); /* 4: another chat */
    add(&one.customer, one.id, "예전 글", old);  /* 5: known from before */
    add(&one.customer, one.id, "새 글", old);    /* 6: known, another body */
    add(&one.customer, one.id, "마지막", NULL);  /* 7 */
    message_send_batch(db, items, nitems);
    expect(0, OUTCOME_DONE, 3);
    expect(1, OUTCOME_SAME, 3);
    expect(2, OUTCOME_REFUSED, 0);
    assert_int_equal(items[2].refusal.status, 409);
    assert_string_equal(items[2].refusal.field, "clientMessageId");
    expect(3, OUTCOME_DONE, 4);
    expect(4, OUTCOME_DONE, 1);
    expect(5, OUTCOME_SAME, 2);
    assert_string_equal(changes[5].rows[0].content, "예전 글");
    expect(6, OUTCOME_REFUSED, 0);
    assert_int_equal(items[6].refusal.status, 409);
    expect(7, OUTCOME_DONE, 5);
    forget_items();
    expect_log(&one, 5);
    expect_log(&other, 1);
}

static void refusals_harm_no_neighbour(void **state)
{
    struct chat open = new_chat(), ended = new_chat(), foreign = new_chat();
    struct principal agent = accept(&ended), stranger = new_member(ROLE_AGENT);
    char key[UUID_TEXT_SIZE], nowhere[UUID_TEXT_SIZE];
    struct change c;
    struct refusal refusal;

    (void)state;
    uuid_new(key);
    uuid_new(nowhere);
    add(&agent, ended.id, "안녕히", key);
    message_send_batch(db, items, nitems);
    expect(0, OUTCOME_DONE, 2);
    forget_items();
    assert_int_equal(session_end(db, &agent, ended.id, 0, &c, &refusal), OUTCOME_DONE);
    change_clear(&c);

    add(&open.customer, open.id, "하나", NULL);          /* 0 */
    add(&ended.customer, ended.id, "늦은 글", NULL);     /* 1: completed */
    add(&open.customer, foreign.id, "남의 상담", NULL);  /* 2: not theirs */
    add(&stranger, foreign.id, "먼저 인사", NULL);       /* 3: may read, not write */
    add(&open.customer, nowhere, "없는 상담", NULL);     /* 4 */
    add(&open.customer, "x", "없는 상담", NULL);         /* 5 */
    add(&open.customer, open.id, " ", NULL);             /* 6: blank */
    add(&agent, ended.id, "안녕히", key);                /* 7: a resend after the end finds its row */
    add(&open.customer, open.id, "둘", NULL);            /* 8 */
    message_send_batch(db, items, nitems);
    expect(0, OUTCOME_DONE, 1);
    for (size_t i = 1; i <= 6; i++)
        expect(i, OUTCOME_REFUSED, 0);
    assert_int_equal(items[1].refusal.status, 409);
    assert_int_equal(items[2].refusal.status, 404);
    assert_int_equal(items[3].refusal.status, 403);
    assert_int_equal(items[4].refusal.status, 404);
    assert_int_equal(items[5].refusal.status, 404);
    assert_int_equal(items[6].refusal.status, 422);
    expect(7, OUTCOME_SAME, 2);
    expect(8, OUTCOME_DONE, 2);
    forget_items();
    expect_log(&open, 2);
    expect_log(&foreign, 0);
    expect_log(&ended, 3);
}

/* More rows, and more bytes, than one statement takes. */
static void many_of_one_chat_keep_their_order(void **state)
{
    enum { EACH = 300, POINTS = 1998 }; /* and the number takes the place of one by three */
    struct chat chats[2] = {new_chat(), new_chat()};
    char *texts[2 * EACH];

    (void)state;
    for (int i = 0; i < 2 * EACH; i++) {
        texts[i] = malloc(3 * POINTS + 1);
        for (int k = 0; k < POINTS; k++)
            memcpy(texts[i] + 3 * k, "한", 3);
        texts[i][3 * POINTS] = '\0';
        memcpy(texts[i], (char[]){'0' + i / 100 % 10, '0' + i / 10 % 10, '0' + i % 10}, 3);
        add(&chats[i % 2].customer, chats[i % 2].id, texts[i], NULL);
        items[i].draft.content_len = i % 20 ? 3 : strlen(texts[i]);
    }
    message_send_batch(db, items, nitems);
    for (int i = 0; i < 2 * EACH; i++)
        expect((size_t)i, OUTCOME_DONE, i / 2 + 1);
    forget_items();
    for (int c = 0; c < 2; c++) {
        struct message *rows;
        size_t n;

        expect_log(&chats[c], EACH);
        assert_int_equal(message_list(db, chats[c].no, 0, -1, EACH, &rows, &n), OUTCOME_DONE);
        assert_int_equal(n, EACH);
        for (size_t i = 0; i < n; i++) {
            assert_memory_equal(rows[i].content, texts[2 * i + (size_t)c], 3);
            assert_int_equal(rows[i].content_len, (2 * i + (size_t)c) % 20 ? 3 : 3 * POINTS);
            assert_int_equal(rows[i].sender_id, chats[c].customer.member_id);
        }
        message_free_list(&rows, n);
    }
    for (int i = 0; i < 2 * EACH; i++)
        free(texts[i]);
}

static void an_absence_ends_once(void **state)
{
    struct chat chat = new_chat(), other = new_chat();
    struct principal agent = accept(&chat);
    char key[UUID_TEXT_SIZE];
    struct change c;
    struct refusal refusal;

    (void)state;
    uuid_new(key);
    assert_int_equal(session_away(db, config, &chat.customer, chat.id, LEAVE_PAGE_HIDE, 0, &c, &refusal), OUTCOME_DONE); /* seq 2 */
    change_clear(&c);
    add(&agent, chat.id, "기다릴게요", NULL);          /* 3 */
    add(&other.customer, other.id, "옆 상담", NULL);
    add(&chat.customer, chat.id, "왔어요", key);       /* BACK 4, 5 */
    add(&chat.customer, chat.id, "왔어요", key);
    add(&chat.customer, chat.id, "정말로요", NULL);    /* 6 */
    message_send_batch(db, items, nitems);
    expect(0, OUTCOME_DONE, 3);
    expect(1, OUTCOME_DONE, 1);
    assert_int_equal(items[2].outcome, OUTCOME_DONE);
    assert_int_equal(changes[2].what, CHANGE_BACK);
    assert_int_equal(changes[2].nrows, 2);
    assert_int_equal(changes[2].rows[0].kind, KIND_BACK);
    assert_int_equal(changes[2].rows[1].seq, 5);
    assert_string_equal(changes[2].session.member_name, "묶음");
    assert_int_equal(changes[2].session.status_id, STATUS_ACTIVE);
    expect(3, OUTCOME_SAME, 5);
    expect(4, OUTCOME_DONE, 6);
    forget_items();
    expect_log(&chat, 6);
    assert_int_equal(ask("SELECT status_id FROM chat_session WHERE session_no = ?", chat.no), STATUS_ACTIVE);
    assert_int_equal(ask("SELECT COUNT(*) FROM chat_session WHERE session_no = ? AND first_response_time IS NOT NULL AND member_grace_until IS NULL", chat.no), 1);
}

static void the_first_answer_is_noted_once(void **state)
{
    struct chat chat = new_chat();
    struct principal agent = accept(&chat);
    int64_t first;

    (void)state;
    add(&chat.customer, chat.id, "계세요?", NULL);
    message_send_batch(db, items, nitems);
    assert_int_equal(ask("SELECT first_response_time IS NULL FROM chat_session WHERE session_no = ?", chat.no), 1);
    forget_items();
    add(&agent, chat.id, "네", NULL);
    add(&agent, chat.id, "말씀하세요", NULL);
    message_send_batch(db, items, nitems);
    forget_items();
    first = ask("SELECT UNIX_TIMESTAMP(first_response_time) * 1000 FROM chat_session WHERE session_no = ? AND first_response_time IS NOT NULL", chat.no);
    assert_true(db_exec(db, "UPDATE chat_session SET admin_last_seen = '2020-01-01', member_last_seen = '2020-01-01' WHERE session_no = ?", DB_ARGS(db_int(chat.no)), NULL));
    add(&agent, chat.id, "아직 계세요?", NULL);
    message_send_batch(db, items, nitems);
    forget_items();
    assert_int_equal(ask("SELECT UNIX_TIMESTAMP(first_response_time) * 1000 FROM chat_session WHERE session_no = ?", chat.no), first);
    assert_int_equal(ask("SELECT admin_last_seen > '2021-01-01' AND member_last_seen = '2020-01-01' FROM chat_session WHERE session_no = ?", chat.no), 1);
}

/* ---- somebody else holds a lock ---- */

struct rival {
    pthread_t thread;
    const struct chat *holds, *wants; /* wants NULL: just holds until told */
    atomic_bool has_lock, may_end;
    bool got_both;
};

static void *run_rival(void *arg)
{
    static const char lock[] = "SELECT session_no FROM chat_session WHERE session_no = ? FOR UPDATE";
    struct rival *r = arg;
    struct db *own = db_open(config);
    struct db_rows *rows;

    db_begin(own);
    /* It has changed much, so of two in a deadlock it isn't the one to go. */
    db_exec(own, "INSERT INTO right_change (session_no, cdate) SELECT ?, UTC_TIMESTAMP(3) FROM seq_1_to_500", DB_ARGS(db_int(r->holds->no)), NULL);
    rows = db_query(own, lock, DB_ARGS(db_int(r->holds->no)));
    db_rows_free(&rows);
    atomic_store(&r->has_lock, true);
    if (r->wants) {
        struct db *look = db_open(config);

        for (int waits = 0; waits == 0;) { /* until the batch waits for us */
            poll(NULL, 0, 120);            /* InnoDB makes that table anew only when nobody has read it for 100 ms */
            rows = db_query(look, "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'", NULL, 0);
            waits = (int)db_cell_int(rows, 0, 0);
            db_rows_free(&rows);
        }
        db_close(&look);
        rows = db_query(own, lock, DB_ARGS(db_int(r->wants->no)));
        r->got_both = db_rows_count(rows) == 1;
        db_rows_free(&rows);
    } else {
        while (!atomic_load(&r->may_end))
            db_ping(own);
    }
    db_rollback(own);
    db_close(&own);
    return NULL;
}

static void start_rival(struct rival *r)
{
    assert_int_equal(pthread_create(&r->thread, NULL, run_rival, r), 0);
    while (!atomic_load(&r->has_lock))
        sched_yield();
}

/* In the order of the index, which isn't that of the text. */
static bool comes_first(const struct chat *a, const struct chat *b)
{
    struct db_rows *rows = db_query(db, "SELECT session_no FROM chat_session WHERE session_no IN (?, ?) ORDER BY session_id", DB_ARGS(db_int(a->no), db_int(b->no)));
    const bool first = db_cell_int(rows, 0, 0) == a->no;

    db_rows_free(&rows);
    return first;
}

static void a_deadlock_is_tried_again(void **state)
{
    struct chat chats[2] = {new_chat(), new_chat()};
    const int first = comes_first(&chats[0], &chats[1]) ? 0 : 1; /* the one that a batch locks first */
    struct rival rival = {.holds = &chats[!first], .wants = &chats[first]};
    const uint64_t retries = counter_get(COUNT_db_retries);

    (void)state;
    start_rival(&rival);
    add(&chats[0].customer, chats[0].id, "하나", NULL);
    add(&chats[1].customer, chats[1].id, "둘", NULL);
    message_send_batch(db, items, nitems);
    pthread_join(rival.thread, NULL);
    assert_true(rival.got_both);
    expect(0, OUTCOME_DONE, 1);
    expect(1, OUTCOME_DONE, 1);
    forget_items();
    assert_true(counter_get(COUNT_db_retries) > retries);
    expect_log(&chats[0], 1);
    expect_log(&chats[1], 1);
}

static void a_kept_lock_harms_its_own_chat_alone(void **state)
{
    struct chat kept = new_chat(), freed = new_chat(), last = new_chat();
    struct rival rival = {.holds = &kept};

    (void)state;
    start_rival(&rival);
    add(&freed.customer, freed.id, "하나", NULL);
    add(&kept.customer, kept.id, "막힌 글", NULL);
    add(&freed.customer, freed.id, "둘", NULL);
    add(&kept.customer, kept.id, "또 막힌 글", NULL);
    add(&last.customer, last.id, "셋", NULL);
    message_send_batch(db, items, nitems);
    atomic_store(&rival.may_end, true);
    pthread_join(rival.thread, NULL);
    expect(0, OUTCOME_DONE, 1);
    expect(1, OUTCOME_AWAY, 0);
    expect(2, OUTCOME_DONE, 2);
    expect(3, OUTCOME_AWAY, 0);
    expect(4, OUTCOME_DONE, 1);
    forget_items();
    expect_log(&kept, 0);
    expect_log(&freed, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_are_found_within_and_before), cmocka_unit_test(refusals_harm_no_neighbour),
        cmocka_unit_test(many_of_one_chat_keep_their_order),   cmocka_unit_test(an_absence_ends_once),
        cmocka_unit_test(the_first_answer_is_noted_once),      cmocka_unit_test(a_deadlock_is_tried_again),
        cmocka_unit_test(a_kept_lock_harms_its_own_chat_alone),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
