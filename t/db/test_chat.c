/* The rules of a consultation against a real MariaDB: request, accept, talk, absence, end, lists; repeats, races and refusals. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/carry_over.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/notify.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"
#include "lib/chat/wire.h"

static struct config *config;
static struct db *db;
static struct change change;
static struct refusal refusal;

static struct principal new_member(enum role role, const char *name)
{
    struct principal p = {.role = role};
    const int64_t now = clock_wall_ms();

    snprintf(p.nickname, sizeof(p.nickname), "%s", name);
    assert_true(db_exec(db, "INSERT INTO member (nickname, gubun, status, cdate, udate) VALUES (?,?,1,?,?)",
                        DB_ARGS(db_text(name), db_int(role_gubun(role)), db_time(now), db_time(now)), NULL));
    p.member_id = db_insert_id(db);
    return p;
}

static int set_up(void **state)
{
    char error[200], pair[300];
    const char *pairs[1] = {pair};

    (void)state;
    snprintf(pair, sizeof(pair), "db_socket=%s", getenv("SANGDAM_DB_SOCKET"));
    log_start("test_chat", LOG_ERROR);
    config = config_load_pairs((const char *const[]){pairs[0], "db_user=root"}, 2, error, sizeof(error));
    if (!config || !token_start())
        return -1;
    db = db_open(config);
    return code_refresh(db) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    change_clear(&change);
    db_close(&db);
    config_free(&config);
    return 0;
}

/* A fresh chat; its id in id_r. */
static void request(const struct principal *who, char id_r[UUID_TEXT_SIZE])
{
    change_clear(&change);
    assert_int_equal(session_request(db, who, 200, "배송이 늦어요", &change, &refusal), OUTCOME_DONE);
    assert_int_equal(change.what, CHANGE_NEW);
    memcpy(id_r, change.session.session_id, UUID_TEXT_SIZE);
}

static enum outcome send_text(const struct principal *who, const char *id, const char *text, const char *key)
{
    const struct message_draft draft = {.session_id = id, .content = text, .content_len = strlen(text), .client_message_id = key};

    change_clear(&change);
    return message_send(db, who, &draft, &change, &refusal);
}

#define DO(call) (change_clear(&change), (call))

static void talks_from_request_to_end(void **state)
{
    struct principal customer = new_member(ROLE_CUSTOMER, "이서연"), agent = new_member(ROLE_AGENT, "김하늘"), other = new_member(ROLE_AGENT, "최유진");
    char id[UUID_TEXT_SIZE], key[UUID_TEXT_SIZE];
    struct message *rows;
    size_t n, i;

    (void)state;
    request(&customer, id);
    assert_int_equal(change.session.status_id, STATUS_WAITING);
    assert_string_equal(change.session.member_name, "이서연");
    assert_int_equal(DO(session_request(db, &customer, 201, NULL, &change, &refusal)), OUTCOME_SAME);
    assert_string_equal(change.session.session_id, id);
    assert_int_equal(send_text(&customer, id, "안녕하세요\r\n주문이 \360\237\216\201 안 왔어요", NULL), OUTCOME_DONE);
    assert_string_equal(change.rows[0].content, "안녕하세요\n주문이 \360\237\216\201 안 왔어요");
    assert_int_equal(change.rows[0].seq, 1);

    assert_int_equal(DO(session_accept(db, &agent, id, &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(change.what, CHANGE_TAKEN);
    assert_string_equal(change.rows[0].content, "상담이 시작되었습니다. 상담사: 김하늘");
    assert_int_equal(DO(session_accept(db, &agent, id, &change, &refusal)), OUTCOME_SAME);
    assert_int_equal(DO(session_accept(db, &other, id, &change, &refusal)), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 409);
    assert_int_equal(refusal.admin_id, agent.member_id);
    assert_string_equal(refusal.admin_name, "김하늘");

    uuid_new(key);
    assert_int_equal(send_text(&agent, id, "확인해 드릴게요", key), OUTCOME_DONE);
    assert_int_equal(change.rows[0].seq, 3);
    assert_int_equal(send_text(&agent, id, "확인해 드릴게요", key), OUTCOME_SAME);
    assert_int_equal(change.rows[0].seq, 3);
    assert_int_equal(send_text(&agent, id, "다른 글", key), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 409);
    assert_int_equal(send_text(&other, id, "끼어들기", NULL), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 404);
    assert_int_equal(send_text(&customer, id, " \n\342\200\213", NULL), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 422);

    assert_int_equal(DO(session_join(db, &customer, id, &change, &refusal)), OUTCOME_DONE);
    assert_string_equal(change.rows[0].content, "이서연님이 상담에 참가했습니다.");
    assert_int_equal(DO(session_join(db, &customer, id, &change, &refusal)), OUTCOME_SAME);
    assert_int_equal(DO(session_leave(db, &customer, id, &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(DO(session_leave(db, &customer, id, &change, &refusal)), OUTCOME_SAME);

    assert_int_equal(DO(session_mark_read(db, &customer, id, 3, &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(change.what, CHANGE_READ);
    assert_int_equal(DO(session_mark_read(db, &customer, id, 2, &change, &refusal)), OUTCOME_SAME);

    assert_int_equal(DO(session_end(db, &agent, id, 0, &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(change.what, CHANGE_ENDED);
    assert_non_null(strstr(change.rows[0].content, "상담이 종료되었습니다"));
    assert_int_equal(DO(session_end(db, &customer, id, 0, &change, &refusal)), OUTCOME_SAME);
    assert_int_equal(send_text(&customer, id, "늦은 글", NULL), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 409);
    assert_int_equal(send_text(&agent, id, "확인해 드릴게요", key), OUTCOME_SAME); /* a resend after the end still finds its row */

    assert_int_equal(message_list(db, change.session.session_no, 0, -1, 200, &rows, &n), OUTCOME_DONE);
    assert_int_equal(n, 6);
    for (i = 0; i < n; i++)
        assert_int_equal(rows[i].seq, i + 1);
    assert_int_equal(rows[2].is_read, 'Y');
    assert_int_equal(rows[0].is_read, 'N');
    message_free_list(&rows, n);
    assert_int_equal(message_list(db, change.session.session_no, -1, 5, 2, &rows, &n), OUTCOME_DONE);
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].seq, 3);
    message_free_list(&rows, n);
}

static void comes_and_goes(void **state)
{
    struct principal customer = new_member(ROLE_GUEST, "손님"), agent = new_member(ROLE_AGENT, "오세훈");
    char id[UUID_TEXT_SIZE];
    const int64_t soon = clock_wall_ms() + 3600000;
    int64_t no;

    (void)state;
    request(&customer, id);
    no = change.session.session_no;
    assert_int_equal(DO(session_accept(db, &agent, id, &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(DO(session_side_lost(db, config, no, SIDE_MEMBER, 0, LEAVE_NETWORK_ERROR, &change)), OUTCOME_SAME);
    assert_int_equal(DO(session_side_lost(db, config, no, SIDE_MEMBER, soon, LEAVE_NETWORK_ERROR, &change)), OUTCOME_DONE);
    assert_int_equal(change.session.status_id, STATUS_DISCONNECTED);
    assert_string_equal(change.rows[0].content, "고객이 일시적으로 이탈했습니다. (이탈 사유: 네트워크 오류)");
    assert_int_equal(DO(session_side_lost(db, config, no, SIDE_MEMBER, soon, 0, &change)), OUTCOME_SAME);
    assert_int_equal(send_text(&agent, id, "기다리겠습니다", NULL), OUTCOME_DONE);
    assert_int_equal(change.session.status_id, STATUS_DISCONNECTED);
    assert_int_equal(send_text(&customer, id, "돌아왔어요", NULL), OUTCOME_DONE);
    assert_int_equal(change.what, CHANGE_BACK);
    assert_int_equal(change.nrows, 2);
    assert_string_equal(change.rows[0].content, "고객이 다시 접속했습니다.");
    assert_int_equal(change.session.status_id, STATUS_ACTIVE);

    assert_int_equal(DO(session_away(db, config, &agent, id, LEAVE_PAGE_HIDE, 0, &change, &refusal)), OUTCOME_DONE);
    assert_string_equal(change.rows[0].content, "상담사의 연결이 끊겼습니다.");
    assert_int_equal(DO(session_present(db, &agent, id, true, &change, &refusal)), OUTCOME_DONE);
    assert_string_equal(change.rows[0].content, "상담사가 다시 접속했습니다.");
    assert_int_equal(DO(session_present(db, &agent, id, true, &change, &refusal)), OUTCOME_SAME);
    assert_int_equal(DO(session_away(db, config, &agent, id, 0, 0, &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(DO(session_grace_over(db, no, clock_wall_ms(), &change)), OUTCOME_SAME);
    assert_int_equal(DO(session_grace_over(db, no, soon, &change)), OUTCOME_DONE);
    assert_int_equal(change.what, CHANGE_RETURNED);
    assert_int_equal(change.old_admin_id, agent.member_id);
    assert_int_equal(change.session.status_id, STATUS_WAITING);
    assert_true(change.session.queue_front);

    assert_int_equal(DO(session_accept(db, &agent, id, &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(DO(session_transfer(db, &customer, id, &change, &refusal)), OUTCOME_DONE);
    assert_string_equal(change.rows[0].content, "상담사가 변경됩니다.");
    assert_int_equal(DO(session_transfer(db, &customer, id, &change, &refusal)), OUTCOME_REFUSED);
    assert_int_equal(DO(session_queue_over(db, config, no, clock_wall_ms(), &change)), OUTCOME_SAME);
    assert_int_equal(DO(session_queue_over(db, config, no, soon, &change)), OUTCOME_DONE);
    assert_int_equal(change.session.exit_reason_id, EXIT_TIMEOUT);
    assert_int_equal(change.session.ended_by, 'S');
}

static void cancels_and_is_abandoned(void **state)
{
    struct principal customer = new_member(ROLE_CUSTOMER, "박서준"), agent = new_member(ROLE_AGENT, "강다은"), admin = new_member(ROLE_ADMIN, "문태오");
    char id[UUID_TEXT_SIZE];
    int64_t no;

    (void)state;
    request(&customer, id);
    assert_int_equal(DO(session_end(db, &agent, id, 0, &change, &refusal)), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 409);
    assert_int_equal(send_text(&agent, id, "먼저 인사", NULL), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 403);
    assert_int_equal(DO(session_end(db, &customer, id, 0, &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(change.what, CHANGE_CANCELLED);
    assert_string_equal(change.rows[0].content, "고객이 상담 요청을 취소했습니다.");
    assert_int_equal(change.session.exit_reason_id, EXIT_CANCELLED);
    assert_true(change.session.abandoned);

    request(&customer, id);
    no = change.session.session_no;
    assert_int_equal(DO(session_away(db, config, &customer, id, LEAVE_PAGE_UNLOAD, 1000, &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(change.nrows, 0);
    assert_int_equal(change.session.status_id, STATUS_WAITING);
    assert_int_equal(DO(session_grace_over(db, no, clock_wall_ms() + 2000, &change)), OUTCOME_DONE);
    assert_true(change.session.abandoned);
    request(&customer, id);
    assert_int_equal(DO(session_end(db, &admin, id, EXIT_SOLVED, &change, &refusal)), OUTCOME_DONE);
    assert_false(change.session.abandoned);
    request(&customer, id);
    assert_int_equal(DO(session_take_over(db, &admin, id, &change, &refusal)), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 409);
    assert_int_equal(DO(session_accept(db, &agent, id, &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(send_text(&admin, id, "아직 제 상담이 아닙니다", NULL), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 403);
    assert_int_equal(DO(session_take_over(db, &customer, id, &change, &refusal)), OUTCOME_REFUSED);
    assert_int_equal(DO(session_take_over(db, &admin, id, &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(change.old_admin_id, agent.member_id);
    assert_int_equal(change.rows[0].kind, KIND_TRANSFER);
    assert_int_equal(DO(session_take_over(db, &admin, id, &change, &refusal)), OUTCOME_SAME);
    assert_int_equal(send_text(&admin, id, "이제 제 상담입니다", NULL), OUTCOME_DONE);
    assert_int_equal(send_text(&agent, id, "저는 이제 아닙니다", NULL), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 404);
    assert_int_equal(DO(session_request(db, &agent, 200, NULL, &change, &refusal)), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 403);
    assert_int_equal(DO(session_request(db, &customer, 144, NULL, &change, &refusal)), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 422);
}

static void sends_batches(void **state)
{
    enum { CHATS = 3, EACH = 10, TOTAL = CHATS * EACH };
    struct principal customers[CHATS];
    struct message_item items[TOTAL];
    struct change *changes = calloc(TOTAL, sizeof(*changes));
    char ids[CHATS][UUID_TEXT_SIZE], key[UUID_TEXT_SIZE];
    int i;

    (void)state;
    uuid_new(key);
    for (i = 0; i < CHATS; i++) {
        customers[i] = new_member(ROLE_CUSTOMER, "묶음");
        request(&customers[i], ids[i]);
    }
    memset(items, 0, sizeof(items));
    for (i = 0; i < TOTAL; i++) {
        items[i].who = &customers[i % CHATS];
        items[i].draft = (struct message_draft){.session_id = ids[i % CHATS], .content = "가나다", .content_len = 9};
        items[i].change = &changes[i];
    }
    items[4].draft.content_len = 0;                 /* refused: empty */
    items[5].who = &customers[0];                   /* refused: not theirs */
    items[6].draft.client_message_id = key;
    items[9].draft.client_message_id = key;         /* the same again, in one batch */
    message_send_batch(db, items, TOTAL);
    for (i = 0; i < TOTAL; i++)
        assert_int_equal(items[i].outcome, i == 4 || i == 5 ? OUTCOME_REFUSED : i == 9 ? OUTCOME_SAME : OUTCOME_DONE);
    assert_int_equal(items[4].refusal.status, 422);
    assert_int_equal(items[5].refusal.status, 404);
    assert_int_equal(changes[9].rows[0].seq, changes[6].rows[0].seq);
    assert_int_equal(changes[27].rows[0].seq, EACH - 1); /* chat 0: ten, one repeated */
    for (i = 0; i < TOTAL; i++)
        change_clear(&changes[i]);
    free(changes);
}

static int64_t udate_of(const char *id)
{
    struct db_rows *rows = db_query(db, "SELECT udate FROM chat_session WHERE session_id = ?", DB_ARGS(db_text(id)));
    int64_t ms = db_cell_time(rows, 0, 0);

    db_rows_free(&rows);
    return ms;
}

/* What is stored later has the later udate, though its maker's clock was read before another's whose change went first: by it lists tell the newer state. */
static void dates_states_in_their_order(void **state)
{
    struct principal customers[2] = {new_member(ROLE_CUSTOMER, "먼저"), new_member(ROLE_CUSTOMER, "나중")}, agent = new_member(ROLE_AGENT, "김하늘"), member = new_member(ROLE_CUSTOMER, "회원");
    const int64_t ahead = clock_wall_ms() + 5000;
    char ids[2][UUID_TEXT_SIZE];
    struct message_item items[2] = {0};
    struct change changes[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        request(&customers[i], ids[i]);
        assert_true(db_exec(db, "UPDATE chat_session SET udate = ? WHERE session_id = ?", DB_ARGS(db_time(ahead), db_text(ids[i])), NULL));
        items[i] = (struct message_item){.who = &customers[i], .draft = {.session_id = ids[i], .content = "가", .content_len = 3}, .change = &changes[i]};
    }
    assert_int_equal(send_text(&customers[0], ids[0], "하나", NULL), OUTCOME_DONE);
    assert_int_equal(udate_of(ids[0]), ahead);
    message_send_batch(db, items, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(items[i].outcome, OUTCOME_DONE);
        assert_int_equal(udate_of(ids[i]), ahead);
        change_clear(&changes[i]);
    }
    assert_int_equal(DO(carry_over(db, customers[0].member_id, member.member_id, 0, &change)), OUTCOME_DONE);
    assert_int_equal(change.session.udate_ms, ahead + 1);
    assert_int_equal(DO(session_accept(db, &agent, ids[0], &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(change.session.udate_ms, ahead + 2);
    assert_int_equal(udate_of(ids[0]), ahead + 2);
}

struct racer {
    pthread_t thread;
    struct principal who;
    const char *id;
    enum outcome outcome;
    struct refusal refusal;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    struct db *own = db_open(config);
    struct change c;

    r->outcome = r->id ? session_accept(own, &r->who, r->id, &c, &r->refusal) : session_request(own, &r->who, 200, NULL, &c, &r->refusal);
    change_clear(&c);
    db_close(&own);
    return NULL;
}

static void has_one_winner(void **state)
{
    enum { RACERS = 12 };
    struct racer racers[RACERS];
    struct principal customer = new_member(ROLE_CUSTOMER, "경주");
    char id[UUID_TEXT_SIZE];
    int i, done = 0, same = 0, refused = 0;

    (void)state;
    memset(racers, 0, sizeof(racers));
    for (i = 0; i < RACERS; i++)
        racers[i].who = customer;
    for (i = 0; i < RACERS; i++)
        pthread_create(&racers[i].thread, NULL, race, &racers[i]);
    for (i = 0; i < RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        done += racers[i].outcome == OUTCOME_DONE;
        same += racers[i].outcome == OUTCOME_SAME;
    }
    assert_int_equal(done, 1);
    assert_int_equal(same, RACERS - 1);
    assert_int_equal(DO(session_find_open(db, customer.member_id, &change.session, &refusal)), OUTCOME_DONE);
    memcpy(id, change.session.session_id, sizeof(id));
    memset(racers, 0, sizeof(racers));
    for (i = 0; i < RACERS; i++) {
        racers[i].who = new_member(ROLE_AGENT, "경쟁자");
        racers[i].id = id;
    }
    for (i = done = 0; i < RACERS; i++)
        pthread_create(&racers[i].thread, NULL, race, &racers[i]);
    for (i = 0; i < RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        done += racers[i].outcome == OUTCOME_DONE;
        refused += racers[i].outcome == OUTCOME_REFUSED && racers[i].refusal.status == 409 && racers[i].refusal.admin_id != 0;
    }
    assert_int_equal(done, 1);
    assert_int_equal(refused, RACERS - 1);
}

static void lists(void **state)
{
    struct principal customers[5], agent = new_member(ROLE_AGENT, "목록");
    char ids[5][UUID_TEXT_SIZE];
    struct session_filter filter = {.kind = LIST_WAITING, .from_ms = -1, .to_ms = -1, .limit = 2};
    struct session *list;
    struct session_counts counts;
    int64_t next, total, place, estimate;
    size_t n, seen = 0;
    int i;

    (void)state;
    assert_true(db_exec(db, "UPDATE chat_session SET status_id = 3", NULL, 0, NULL));
    for (i = 0; i < 5; i++) {
        customers[i] = new_member(ROLE_CUSTOMER, "줄서기 100%");
        request(&customers[i], ids[i]);
    }
    assert_true(db_exec(db, "UPDATE chat_session SET queue_front = 1 WHERE session_id = ?", DB_ARGS(db_text(ids[3])), NULL));
    do {
        assert_int_equal(session_list(db, &filter, &list, &n, &next, &total), OUTCOME_DONE);
        if (seen == 0)
            assert_string_equal(list[0].session_id, ids[3]);
        if (seen == 2)
            assert_string_equal(list[0].session_id, ids[1]);
        assert_int_equal(total, 5);
        seen += n;
        filter.cursor = next;
        free(list);
    } while (next);
    assert_int_equal(seen, 5);
    assert_int_equal(DO(session_find(db, &agent, ids[0], &change.session, &refusal)), OUTCOME_DONE);
    assert_int_equal(session_queue_place(db, &change.session, &place, &estimate), OUTCOME_DONE);
    assert_int_equal(place, 2);
    assert_int_equal(DO(session_accept(db, &agent, ids[0], &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(send_text(&agent, ids[0], "특별한낱말 50%_입니다", NULL), OUTCOME_DONE);
    filter = (struct session_filter){.kind = LIST_ACTIVE, .admin_id = agent.member_id, .from_ms = 0, .to_ms = clock_wall_ms() + 1000, .limit = 50, .customer = "100%"};
    assert_int_equal(session_list(db, &filter, &list, &n, &next, NULL), OUTCOME_DONE);
    assert_int_equal(n, 1);
    free(list);
    filter.customer = "100_";
    assert_int_equal(session_list(db, &filter, &list, &n, &next, NULL), OUTCOME_DONE);
    assert_int_equal(n, 0);
    free(list);
    assert_int_equal(session_count(db, &counts), OUTCOME_DONE);
    assert_int_equal(counts.waiting, 4);
    assert_int_equal(counts.active, 1);
}

enum { CLAIMED = 70 };

/* Each claim gets its own answer, whoever stands beside it. */
static void claims_many_chats(void **state)
{
    static struct session_claim claims[CLAIMED], *list[CLAIMED];
    static struct principal customers[CLAIMED];
    static char ids[CLAIMED][UUID_TEXT_SIZE];
    struct principal agent = new_member(ROLE_AGENT, "상담사"), other = new_member(ROLE_AGENT, "다른 상담사"), chief = new_member(ROLE_SUPERVISOR, "팀장");
    struct db *nowhere;
    struct config *absent;
    char error[200], nobodys[UUID_TEXT_SIZE];

    (void)state;
    uuid_new(nobodys);
    for (int i = 0; i < CLAIMED; i++) {
        customers[i] = new_member(ROLE_CUSTOMER, "여럿");
        request(&customers[i], ids[i]);
        list[i] = &claims[i];
        claims[i] = (struct session_claim){.who = &customers[i], .session_id = ids[i]};
    }
    assert_int_equal(DO(session_accept(db, &agent, ids[0], &change, &refusal)), OUTCOME_DONE);
    assert_int_equal(DO(session_accept(db, &agent, ids[1], &change, &refusal)), OUTCOME_DONE);
    claims[3].who = &customers[4];                                 /* somebody else's */
    claims[5].session_id = nobodys;
    claims[6].session_id = "not an id";
    claims[7] = claims[8];                                         /* the same twice */
    claims[10] = (struct session_claim){&agent, ids[0], 0, {0}};   /* its agent */
    claims[11] = (struct session_claim){&other, ids[0], 0, {0}};   /* another agent: not while it is ACTIVE */
    claims[12] = (struct session_claim){&chief, ids[1], 0, {0}};
    claims[13] = (struct session_claim){&other, ids[9], 0, {0}};   /* waiting: any agent */
    session_claim_all(db, list, CLAIMED);
    for (int i = 0; i < CLAIMED; i++) {
        const bool is_refused = i == 3 || i == 5 || i == 6 || i == 11;

        assert_int_equal(claims[i].outcome, is_refused ? OUTCOME_REFUSED : OUTCOME_DONE);
        if (is_refused)
            continue;
        assert_string_equal(claims[i].session.session_id, claims[i].session_id);
        assert_true(claims[i].session.member_id && claims[i].session.session_no);
        assert_int_equal(claims[i].session.member_grace_ms, -1);
        assert_true(claims[i].session.member_last_seen_ms > clock_wall_ms() - 60000);
        assert_int_equal(claims[i].session.status_id, i < 2 || i == 10 || i == 12 ? STATUS_ACTIVE : STATUS_WAITING);
        assert_int_equal(claims[i].session.admin_id, i < 2 || i == 10 || i == 12 ? agent.member_id : 0);
        assert_int_equal(claims[i].session.message_count, i < 2 || i == 10 || i == 12);
    }
    assert_int_equal(claims[7].session.member_id, customers[8].member_id);
    absent = config_load_pairs((const char *const[]){"db_socket=/nonexistent"}, 1, error, sizeof(error));
    nowhere = db_open(absent);
    log_set_level(LOG_FATAL);
    session_claim_all(nowhere, list, 10);
    log_set_level(LOG_ERROR);
    for (int i = 0; i < 10; i++)
        assert_int_equal(claims[i].outcome, i == 6 ? OUTCOME_REFUSED : OUTCOME_AWAY);
    db_close(&nowhere);
    config_free(&absent);
}

/* As one row of SQL says it. */
static int64_t number(const char *sql, int64_t id)
{
    struct db_rows *rows = db_query_once(db, sql, DB_ARGS(db_int(id)));
    int64_t n;

    assert_non_null(rows);
    n = db_rows_count(rows) ? db_cell_int(rows, 0, 0) : -1;
    db_rows_free(&rows);
    return n;
}

static void sees_many_customers(void **state)
{
    struct session_seen seen[CLAIMED], *list[CLAIMED];
    struct principal customer = {0}, agent = new_member(ROLE_AGENT, "상담사");
    struct db *writer = db_open(config);
    char id[UUID_TEXT_SIZE];
    struct session s;
    enum { HELD = 3, OVER = 66, AWAY = 67, NOBODYS = 68 };

    (void)state;
    for (int i = 0; i < CLAIMED; i++) {
        customer = new_member(ROLE_CUSTOMER, "보임");
        request(&customer, id);
        list[i] = &seen[i];
        seen[i].session_no = change.session.session_no;
        seen[i].member_id = customer.member_id;
        assert_false(session_is_seen(&change.session, 'M', true, clock_wall_ms())); /* no push connection yet */
        if (i == OVER)
            assert_int_equal(DO(session_end(db, &customer, id, 0, &change, &refusal)), OUTCOME_DONE);
        if (i == AWAY) {
            assert_int_equal(DO(session_accept(db, &agent, id, &change, &refusal)), OUTCOME_DONE);
            assert_int_equal(DO(session_away(db, config, &customer, id, LEAVE_PAGE_HIDE, 0, &change, &refusal)), OUTCOME_DONE);
        }
    }
    seen[NOBODYS].session_no = INT64_MAX;
    seen[1] = seen[0];
    assert_true(db_begin(writer));
    assert_true(db_exec(writer, "UPDATE chat_session SET title = 'x' WHERE session_no = ?", DB_ARGS(db_int(seen[HELD].session_no)), NULL));
    session_see(db, SIDE_MEMBER, list, CLAIMED);
    db_rollback(writer);
    for (int i = 0; i < CLAIMED; i++) {
        const bool is_left = i == HELD || i == OVER || i == AWAY || i == NOBODYS;

        assert_int_equal(seen[i].is_done, !is_left);
        if (i != NOBODYS)
            assert_int_equal(number("SELECT member_pushed FROM chat_session WHERE session_no = ?", seen[i].session_no), is_left ? 0 : 1);
    }
    assert_int_equal(session_find_no(db, seen[0].session_no, &s), OUTCOME_DONE);
    assert_true(session_is_seen(&s, 'M', true, clock_wall_ms()));
    assert_false(session_is_seen(&s, 'M', true, clock_wall_ms() + 5000));
    assert_int_equal(session_find_no(db, seen[AWAY].session_no, &s), OUTCOME_DONE);
    assert_false(session_is_seen(&s, 'M', true, clock_wall_ms())); /* an absence is to be ended, however short it was */
    assert_false(db_in_transaction(db));
    db_close(&writer);
}

static void travels_over_the_notify_socket(void **state)
{
    struct principal customer = new_member(ROLE_CUSTOMER, "알림"), agent = new_member(ROLE_AGENT, "받는이");
    struct buf text = BUF_INIT, one = BUF_INIT, other = BUF_INIT;
    struct json_writer w1 = JSON_WRITER(&one), w2 = JSON_WRITER(&other);
    struct change copy;
    char id[UUID_TEXT_SIZE], *big = malloc(6001);
    uint64_t number;
    int i;

    (void)state;
    request(&customer, id);
    assert_int_equal(DO(session_accept(db, &agent, id, &change, &refusal)), OUTCOME_DONE);
    assert_true(notify_encode(&change, 7, &text));
    assert_true(notify_decode(text.p, text.len, &copy, &number));
    assert_int_equal(number, 7);
    assert_int_equal(copy.what, CHANGE_TAKEN);
    wire_session_change(&w1, &change);
    wire_message(&w1, NULL, &change.rows[0]);
    wire_session_change(&w2, &copy);
    wire_message(&w2, NULL, &copy.rows[0]);
    assert_string_equal(buf_str(&one), buf_str(&other));
    for (i = 0; i < 6000; i += 3)
        memcpy(big + i, "한", 3);
    big[6000] = '\0';
    assert_int_equal(send_text(&customer, id, big, NULL), OUTCOME_DONE);
    change_clear(&copy);
    assert_true(notify_encode(&change, 8, &text));
    assert_true(text.len <= NOTIFY_MAX);
    assert_true(notify_decode(text.p, text.len, &copy, &number));
    change_clear(&copy);
    for (i = 0; i < (int)text.len; i++) /* cut anywhere: refused, never read beyond */
        assert_false(notify_decode(text.p, (size_t)i, &copy, &number));
    buf_free(&text);
    buf_free(&one);
    buf_free(&other);
    free(big);
}

static void recovers_from_a_lost_connection(void **state)
{
    struct principal customer = new_member(ROLE_CUSTOMER, "끊김");
    struct db *killer = db_open(config);
    struct db_rows *rows;
    char id[UUID_TEXT_SIZE];
    int64_t connection;

    (void)state;
    request(&customer, id);
    rows = db_query(db, "SELECT CONNECTION_ID()", NULL, 0);
    connection = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    assert_true(db_exec(killer, "KILL ?", DB_ARGS(db_int(connection)), NULL));
    log_set_level(LOG_FATAL);
    assert_int_equal(send_text(&customer, id, "끊긴 뒤에도", NULL), OUTCOME_DONE);
    rows = db_query(db, "SELECT CONNECTION_ID()", NULL, 0);
    connection = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    assert_true(db_begin(db));
    assert_true(db_exec(killer, "KILL ?", DB_ARGS(db_int(connection)), NULL));
    assert_false(db_exec(db, "UPDATE chat_session SET title = 'x' WHERE session_id = ?", DB_ARGS(db_text(id)), NULL));
    assert_false(db_exec(db, "UPDATE chat_session SET title = 'y' WHERE session_id = ?", DB_ARGS(db_text(id)), NULL));
    assert_int_equal(db_last_error(db), DB_AWAY);
    db_rollback(db);
    assert_int_equal(DO(session_find(db, &customer, id, &change.session, &refusal)), OUTCOME_DONE);
    assert_string_equal(change.session.title, "배송이 늦어요");
    log_set_level(LOG_ERROR);
    db_close(&killer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(talks_from_request_to_end), cmocka_unit_test(comes_and_goes), cmocka_unit_test(cancels_and_is_abandoned),
        cmocka_unit_test(sends_batches), cmocka_unit_test(dates_states_in_their_order), cmocka_unit_test(has_one_winner), cmocka_unit_test(lists), cmocka_unit_test(claims_many_chats), cmocka_unit_test(sees_many_customers), cmocka_unit_test(travels_over_the_notify_socket),
        cmocka_unit_test(recovers_from_a_lost_connection),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
