/* Who is offered a waiting chat: each mode with hand-made sets, limits, topics and priority, the next one's turn, nodes that run at once; against a real MariaDB. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/agent_state.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/online.h"
#include "lib/chat/routing.h"
#include "lib/chat/session.h"
#include "lib/chat/session_offer.h"

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

/* An agent who is there. */
static struct principal new_agent(const char *name)
{
    struct principal p = new_member(ROLE_AGENT, name);
    struct agent_state state;

    assert_int_equal(agent_state_set(db, config, &p, p.member_id, AGENT_ONLINE, 0, NULL, &state, &refusal), OUTCOME_DONE);
    return p;
}

static struct session request(const char *name, int32_t category_id)
{
    struct principal customer = new_member(ROLE_CUSTOMER, name);
    struct session s;

    change_clear(&change);
    assert_int_equal(session_request(db, &customer, category_id, NULL, &change, &refusal), OUTCOME_DONE);
    s = change.session;
    change_clear(&change);
    return s;
}

static int set_up(void **unused)
{
    char error[200], pair[300];

    (void)unused;
    snprintf(pair, sizeof(pair), "db_socket=%s", getenv("SANGDAM_DB_SOCKET"));
    log_start("test_routing", LOG_ERROR);
    config = config_load_pairs((const char *const[]){pair, "db_user=root", "routing=least-busy", "chats_max=2", "offer_timeout=20s", "accept_over_limit=off"}, 6, error,
                               sizeof(error));
    if (!config || !token_start())
        return -1;
    db = db_open(config);
    return code_refresh(db) ? 0 : -1;
}

static int tear_down(void **unused)
{
    (void)unused;
    db_close(&db);
    config_free(&config);
    return 0;
}

/* Each test finds no chat and nobody there. */
static int clear(void **unused)
{
    (void)unused;
    return db_exec(db, "UPDATE chat_session SET status_id = 3", NULL, 0, NULL) && db_exec(db, "UPDATE agent_state SET state = 'OFFLINE', last_offer = NULL", NULL, 0, NULL) &&
                   db_exec(db, "DELETE FROM staff_category", NULL, 0, NULL) && db_exec(db, "DELETE FROM category_routing", NULL, 0, NULL)
               ? 0
               : -1;
}

static void count_offer(struct change *c, void *arg)
{
    assert_int_equal(c->what, CHANGE_ROUTED);
    ++*(unsigned *)arg;
}

static unsigned turn(int64_t now_ms)
{
    unsigned n = 0;

    assert_int_equal(routing_run(db, config, now_ms, count_offer, &n), OUTCOME_DONE);
    return n;
}

/* To whom the chat is offered at now_ms; 0: nobody. */
static int64_t offered(const struct session *s, int64_t now_ms)
{
    struct session now;

    assert_int_equal(session_find_no(db, s->session_no, &now), OUTCOME_DONE);
    return now.route_until_ms > now_ms ? now.route_admin_id : 0;
}

static enum outcome take(const struct principal *who, const struct session *s)
{
    enum outcome outcome;

    change_clear(&change);
    outcome = routing_accept(db, config, who, s->session_id, &change, &refusal);
    change_clear(&change);
    return outcome;
}

static void set_mode(const char *mode, int32_t category_id, int priority)
{
    assert_true(db_exec(db, "REPLACE INTO category_routing (category_id, mode, priority) VALUES (?,?,?)", DB_ARGS(db_int(category_id), db_text(mode), db_int(priority)), NULL));
}

static void pull_offers_nobody(void **unused)
{
    struct principal agent = new_agent("김하늘");
    struct session s = request("고객", 200);

    (void)unused;
    set_mode("pull", 200, 0);
    assert_int_equal(turn(clock_wall_ms()), 0);
    assert_int_equal(offered(&s, clock_wall_ms()), 0);
    assert_int_equal(take(&agent, &s), OUTCOME_DONE);
}

static void least_busy_up_to_the_limit(void **unused)
{
    struct principal busy = new_agent("바쁨"), idle = new_agent("한가");
    struct session own = request("하나", 200), a, b, c, d;
    int64_t now;

    (void)unused;
    assert_int_equal(take(&busy, &own), OUTCOME_DONE);
    a = request("둘", 200);
    b = request("셋", 200);
    c = request("넷", 200);
    d = request("다섯", 200);
    now = clock_wall_ms();
    assert_int_equal(turn(now), 3); /* two may have two each, one is taken */
    assert_int_equal(offered(&a, now), idle.member_id);
    assert_true(offered(&b, now) != offered(&c, now));
    assert_int_equal(offered(&d, now), 0);
    assert_int_equal(turn(now), 0);
    /* Over the limit by hand: refused here; what was offered may be taken. */
    assert_int_equal(take(&idle, &d), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 409);
    assert_int_equal(take(&idle, &a), OUTCOME_DONE);
    assert_int_equal(offered(&a, now), 0);
}

static void round_robin_and_the_next_ones_turn(void **unused)
{
    struct principal a = new_agent("가"), b = new_agent("나"), c = new_agent("다");
    struct session s = request("고객", 201);
    int64_t now = clock_wall_ms(), first, second, third;

    (void)unused;
    set_mode("round-robin", 201, 0);
    assert_int_equal(turn(now), 1);
    first = offered(&s, now);
    assert_int_equal(turn(now + 19999), 0); /* it stands for 20 s */
    assert_int_equal(turn(now + 20000), 1);
    second = offered(&s, now + 20000);
    assert_int_equal(turn(now + 40000), 1);
    third = offered(&s, now + 40000);
    assert_true(first != second && second != third && first != third);
    assert_int_equal(first + second + third, a.member_id + b.member_id + c.member_id);
    assert_int_equal(turn(now + 60000), 1); /* all were asked once: the first again */
    assert_int_equal(offered(&s, now + 60000), first);
}

static void who_goes_away_gets_none(void **unused)
{
    struct principal a = new_agent("가"), b = new_agent("나");
    struct session s = request("고객", 200);
    struct agent_state state;
    int64_t now = clock_wall_ms(), got;
    const struct principal *who, *other;

    (void)unused;
    assert_int_equal(turn(now), 1);
    got = offered(&s, now);
    who = got == a.member_id ? &a : &b;
    other = who == &a ? &b : &a;
    assert_int_equal(agent_state_set(db, config, who, who->member_id, AGENT_AWAY, 0, NULL, &state, &refusal), OUTCOME_DONE);
    assert_int_equal(turn(now + 1), 1); /* at once, not after 20 s */
    assert_int_equal(offered(&s, now + 1), other->member_id);
    assert_int_equal(agent_state_set(db, config, other, other->member_id, AGENT_NO_NEW_CHATS, 0, NULL, &state, &refusal), OUTCOME_DONE);
    assert_int_equal(turn(now + 2), 0);
    assert_int_equal(take(other, &s), OUTCOME_DONE); /* by hand they may */
}

static void the_last_agent_if_there(void **unused)
{
    struct principal known = new_agent("담당"), other = new_agent("다른");
    struct session s = request("단골", 202), again;
    struct principal customer = {.member_id = s.member_id, .role = ROLE_CUSTOMER};
    int64_t now;

    (void)unused;
    set_mode("last-agent", 202, 0);
    assert_int_equal(take(&known, &s), OUTCOME_DONE);
    assert_int_equal(session_end(db, &known, s.session_id, 0, &change, &refusal), OUTCOME_DONE);
    change_clear(&change);
    s = request("딴 고객", 200);
    assert_int_equal(take(&known, &s), OUTCOME_DONE); /* busier than the other now */
    assert_int_equal(session_request(db, &customer, 202, NULL, &change, &refusal), OUTCOME_DONE);
    again = change.session;
    change_clear(&change);
    now = clock_wall_ms();
    assert_int_equal(turn(now), 1);
    assert_int_equal(offered(&again, now), known.member_id);
    assert_int_equal(turn(now + 20000), 1);
    assert_int_equal(offered(&again, now + 20000), other.member_id);
}

static void by_topic_and_priority(void **unused)
{
    struct principal delivery = new_agent("배송"), chief = new_member(ROLE_SUPERVISOR, "관리");
    struct session low = request("먼저", 203), high = request("나중", 200), foreign;
    struct routing_rule rule = {.category_id = 200, .mode = ROUTING_LEAST_BUSY, .priority = 10};
    struct agent_state state;
    int64_t now;

    (void)unused;
    assert_int_equal(routing_set_rule(db, &delivery, &rule, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 403);
    assert_int_equal(routing_set_rule(db, &chief, &rule, &refusal), OUTCOME_DONE);
    rule.priority = 101;
    assert_int_equal(routing_set_rule(db, &chief, &rule, &refusal), OUTCOME_REFUSED);
    assert_int_equal(agent_state_set_limit(db, config, &chief, delivery.member_id, 1, &state, &refusal), OUTCOME_DONE);
    now = clock_wall_ms();
    assert_int_equal(turn(now), 1);
    assert_int_equal(offered(&high, now), delivery.member_id); /* it came later, but its topic is first */
    assert_int_equal(offered(&low, now), 0);
    assert_int_equal(agent_state_set_limit(db, config, &chief, delivery.member_id, 0, &state, &refusal), OUTCOME_DONE);
    assert_true(db_exec(db, "INSERT INTO staff_category (member_id, category_id) VALUES (?, 203)", DB_ARGS(db_int(delivery.member_id)), NULL));
    foreign = request("딴 주제", 204);
    assert_int_equal(turn(now), 1);
    assert_int_equal(offered(&low, now), delivery.member_id);
    assert_int_equal(offered(&foreign, now), 0);
}

static void *turn_as_a_node(void *arg)
{
    struct db *own = db_open(config);
    unsigned *n = arg;
    enum outcome outcome = routing_run(own, config, clock_wall_ms(), count_offer, n);

    db_close(&own);
    return outcome == OUTCOME_DONE ? NULL : arg;
}

static void nodes_at_once_make_one_offer(void **unused)
{
    enum { NODES = 4, CHATS = 12 };
    struct principal agents[] = {new_agent("가"), new_agent("나"), new_agent("다")};
    pthread_t threads[NODES];
    unsigned n[NODES] = {0}, all = 0;
    struct db_rows *rows;

    (void)unused;
    for (int i = 0; i < CHATS; i++)
        request("고객", 200);
    for (int i = 0; i < NODES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, turn_as_a_node, &n[i]), 0);
    for (int i = 0; i < NODES; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
        all += n[i];
    }
    all += turn(clock_wall_ms());
    assert_int_equal(all, 6); /* three with two each: no chat twice, nobody with more */
    rows = db_query(db, "SELECT MAX(n), COUNT(*) FROM (SELECT COUNT(*) AS n FROM chat_session WHERE status_id = 1 AND route_admin_id IS NOT NULL GROUP BY route_admin_id) x", NULL, 0);
    assert_int_equal(db_cell_int(rows, 0, 0), 2);
    assert_int_equal(db_cell_int(rows, 0, 1), 3);
    db_rows_free(&rows);
    assert_true(agents[0].member_id > 0);
}

/* ---- what two do at once to one agent's load ---- */

struct act {
    const struct principal *who, *to; /* to: NULL: the offer is taken */
    const char *session_id;
    enum outcome outcome;
};

static void *act_as_a_program(void *arg)
{
    struct act *act = arg;
    struct db *own = db_open(config);
    struct change made;
    struct refusal why;

    if (act->to)
        act->outcome = session_offer(own, config, act->who, act->session_id, &(struct offer_draft){.to_member_id = act->to->member_id}, &made, &why);
    else
        act->outcome = session_take_offer(own, config, act->who, act->session_id, &made, &why);
    change_clear(&made);
    db_close(&own);
    return NULL;
}

static int64_t number(const char *sql, const struct db_arg *args, size_t n)
{
    struct db_rows *rows = db_query(db, sql, args, n);
    int64_t value = db_cell_int(rows, 0, 0);

    db_rows_free(&rows);
    return value;
}

/* Both have looked at whatever they look at without a lock when the agent's row is let go; gives how many were done. */
static int at_once(const struct principal *agent, struct act acts[2])
{
    struct db *holder = db_open(config);
    struct db_rows *rows;
    pthread_t threads[2];

    assert_true(db_begin(holder));
    rows = db_query(holder, "SELECT 1 FROM agent_state WHERE member_id = ? FOR UPDATE", DB_ARGS(db_int(agent->member_id)));
    db_rows_free(&rows);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, act_as_a_program, &acts[i]), 0);
    for (int turns = 0; turns < 400 && number("SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'", NULL, 0) < 2; turns++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    assert_true(db_commit(holder));
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    db_close(&holder);
    return (acts[0].outcome == OUTCOME_DONE) + (acts[1].outcome == OUTCOME_DONE);
}

static void two_who_hand_on_at_once_keep_the_limit(void **unused)
{
    struct principal agent = new_agent("받는 이"), chief = new_member(ROLE_SUPERVISOR, "관리"), from[] = {new_agent("가"), new_agent("나")};
    struct session s[] = {request("하나", 200), request("둘", 200)};
    struct act acts[] = {{&from[0], &agent, s[0].session_id, OUTCOME_AWAY}, {&from[1], &agent, s[1].session_id, OUTCOME_AWAY}};
    struct agent_state state;

    (void)unused;
    assert_int_equal(agent_state_set_limit(db, config, &chief, agent.member_id, 1, &state, &refusal), OUTCOME_DONE);
    assert_int_equal(online_note(db, &agent.member_id, 1, clock_wall_ms()), OUTCOME_DONE);
    for (int i = 0; i < 2; i++)
        assert_int_equal(take(&from[i], &s[i]), OUTCOME_DONE);
    assert_int_equal(at_once(&agent, acts), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM chat_session WHERE offer_admin_id = ? AND status_id = 2", DB_ARGS(db_int(agent.member_id))), 1);
    /* what is handed on to them counts where waiting chats are offered, too */
    request("셋", 200);
    turn(clock_wall_ms());
    assert_int_equal(number("SELECT COUNT(*) FROM chat_session WHERE route_admin_id = ? AND status_id = 1", DB_ARGS(db_int(agent.member_id))), 0);
}

static void who_takes_two_at_once_keeps_the_limit(void **unused)
{
    struct principal agent = new_agent("받는 이"), chief = new_member(ROLE_SUPERVISOR, "관리"), from = new_agent("가");
    struct session s[] = {request("하나", 200), request("둘", 200)};
    struct act acts[] = {{&agent, NULL, s[0].session_id, OUTCOME_AWAY}, {&agent, NULL, s[1].session_id, OUTCOME_AWAY}};
    struct agent_state state;

    (void)unused;
    assert_int_equal(agent_state_set_limit(db, config, &chief, agent.member_id, 1, &state, &refusal), OUTCOME_DONE);
    for (int i = 0; i < 2; i++) { /* to whoever takes it */
        assert_int_equal(take(&from, &s[i]), OUTCOME_DONE);
        assert_int_equal(session_offer(db, config, &from, s[i].session_id, &(struct offer_draft){.category_id = 200}, &change, &refusal), OUTCOME_DONE);
        change_clear(&change);
    }
    assert_int_equal(at_once(&agent, acts), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM chat_session WHERE admin_id = ? AND status_id = 2", DB_ARGS(db_int(agent.member_id))), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pull_offers_nobody, clear),          cmocka_unit_test_setup(least_busy_up_to_the_limit, clear),
        cmocka_unit_test_setup(round_robin_and_the_next_ones_turn, clear), cmocka_unit_test_setup(who_goes_away_gets_none, clear),
        cmocka_unit_test_setup(the_last_agent_if_there, clear),     cmocka_unit_test_setup(by_topic_and_priority, clear),
        cmocka_unit_test_setup(nodes_at_once_make_one_offer, clear),
        cmocka_unit_test_setup(two_who_hand_on_at_once_keep_the_limit, clear), cmocka_unit_test_setup(who_takes_two_at_once_keeps_the_limit, clear),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
