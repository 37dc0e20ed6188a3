/* Whether the staff take chats: what they choose, what the clock sees, who may set it, and the history, against a real MariaDB. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/agent_state.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/online.h"

#define MEAL 181

static struct config *config;
static struct db *db;
static struct refusal refusal;
static struct agent_state state;

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

static int set_up(void **unused)
{
    char error[200], pair[300];

    (void)unused;
    snprintf(pair, sizeof(pair), "db_socket=%s", getenv("SANGDAM_DB_SOCKET"));
    log_start("test_desk", LOG_ERROR);
    config = config_load_pairs((const char *const[]){pair, "db_user=root", "agent_idle=10m", "chats_max=3"}, 4, error, sizeof(error));
    if (!config)
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

static enum agent_presence now_of(const struct principal *who)
{
    assert_int_equal(agent_state_of(db, config, who->member_id, &state, &refusal), OUTCOME_DONE);
    return state.state;
}

static void settle(int64_t now_ms)
{
    unsigned changed;

    assert_int_equal(agent_state_settle(db, config, now_ms, &changed), OUTCOME_DONE);
}

static void here(const struct principal *who, int64_t now_ms)
{
    assert_int_equal(online_note(db, &who->member_id, 1, now_ms), OUTCOME_DONE);
}

/* The history as "STATE:reason_id " in order, and that it has no hole. */
static void history(const struct principal *who, char *out, size_t size)
{
    struct db_rows *rows = db_query(db, "SELECT state, COALESCE(reason_id, 0), start_time, end_time FROM agent_state_log WHERE member_id = ? ORDER BY log_no",
                                    DB_ARGS(db_int(who->member_id)));
    size_t n = db_rows_count(rows), len = 0;

    *out = '\0';
    for (size_t i = 0; i < n; i++) {
        len += (size_t)snprintf(out + len, size - len, "%s:%d ", db_cell(rows, i, 0, NULL), (int)db_cell_int(rows, i, 1));
        assert_int_equal(db_cell_time(rows, i, 3), i + 1 < n ? db_cell_time(rows, i + 1, 2) : -1);
    }
    db_rows_free(&rows);
}

static void chooses_and_is_seen(void **unused)
{
    struct principal agent = new_member(ROLE_AGENT, "김하늘");
    const int64_t now = clock_wall_ms();
    char log[400];

    (void)unused;
    settle(now);
    assert_int_equal(agent_state_of(db, config, agent.member_id, &state, &refusal), OUTCOME_DONE);
    assert_int_equal(state.version, 0); /* never was here */
    here(&agent, now);
    settle(now);
    assert_int_equal(now_of(&agent), AGENT_ONLINE);
    assert_int_equal(state.chats_max, 3);
    assert_int_equal(agent_state_set(db, config, &agent, agent.member_id, AGENT_AWAY, MEAL, NULL, &state, &refusal), OUTCOME_DONE);
    assert_int_equal(state.state, AGENT_AWAY);
    assert_int_equal(state.reason_id, MEAL);
    assert_int_equal(agent_state_set(db, config, &agent, agent.member_id, AGENT_AWAY, MEAL, NULL, &state, &refusal), OUTCOME_SAME);
    assert_int_equal(agent_state_set(db, config, &agent, agent.member_id, AGENT_NO_NEW_CHATS, 0, NULL, &state, &refusal), OUTCOME_DONE);
    assert_int_equal(agent_state_set(db, config, &agent, agent.member_id, AGENT_OFFLINE, 0, NULL, &state, &refusal), OUTCOME_DONE);
    assert_int_equal(agent_state_set(db, config, &agent, agent.member_id, AGENT_ONLINE, 0, NULL, &state, &refusal), OUTCOME_DONE);
    history(&agent, log, sizeof log);
    assert_string_equal(log, "ONLINE:0 AWAY:181 NO_NEW_CHATS:0 OFFLINE:0 ONLINE:0 ");
}

static void goes_and_comes_by_the_clock(void **unused)
{
    struct principal agent = new_member(ROLE_AGENT, "최유진");
    const int64_t now = clock_wall_ms(), later = now + 9 * 60000, idle = now + 11 * 60000, gone = now + 30 * 60000;
    char log[400];

    (void)unused;
    here(&agent, now);
    settle(now);
    here(&agent, later);
    settle(later);
    assert_int_equal(now_of(&agent), AGENT_ONLINE); /* nine minutes without a sign are not ten */
    here(&agent, idle);
    settle(idle);
    assert_int_equal(now_of(&agent), AGENT_AWAY);
    assert_int_equal(state.reason_id, AWAY_IDLE);
    assert_int_equal(state.chosen, AGENT_ONLINE);
    assert_true(db_exec(db, "UPDATE agent_state SET active = ? WHERE member_id = ?", DB_ARGS(db_time(idle), db_int(agent.member_id)), NULL));
    settle(idle);
    assert_int_equal(now_of(&agent), AGENT_ONLINE);
    settle(gone); /* no connection, no sign-in, no sign */
    assert_int_equal(now_of(&agent), AGENT_OFFLINE);
    here(&agent, gone);
    assert_true(db_exec(db, "UPDATE agent_state SET active = ? WHERE member_id = ?", DB_ARGS(db_time(gone), db_int(agent.member_id)), NULL));
    settle(gone);
    assert_int_equal(now_of(&agent), AGENT_ONLINE);
    history(&agent, log, sizeof log);
    assert_string_equal(log, "ONLINE:0 AWAY:185 ONLINE:0 OFFLINE:0 ONLINE:0 ");
    assert_true(db_exec(db, "DELETE FROM staff_online WHERE member_id = ?", DB_ARGS(db_int(agent.member_id)), NULL));
}

static void is_set_by_supervisors_alone_and_audited(void **unused)
{
    struct principal agent = new_member(ROLE_AGENT, "이서연"), other = new_member(ROLE_AGENT, "박서준"), chief = new_member(ROLE_SUPERVISOR, "정해인"),
                     customer = new_member(ROLE_CUSTOMER, "고객");
    struct db_rows *rows;

    (void)unused;
    here(&agent, clock_wall_ms());
    settle(clock_wall_ms());
    assert_int_equal(agent_state_set(db, config, &other, agent.member_id, AGENT_OFFLINE, 0, NULL, &state, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 403);
    assert_int_equal(agent_state_set(db, config, &customer, customer.member_id, AGENT_OFFLINE, 0, NULL, &state, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 403);
    assert_int_equal(agent_state_set(db, config, &chief, customer.member_id, AGENT_OFFLINE, 0, NULL, &state, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 404);
    assert_int_equal(agent_state_set(db, config, &chief, agent.member_id, AGENT_AWAY, AWAY_IDLE, NULL, &state, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 422);
    assert_int_equal(agent_state_set(db, config, &chief, agent.member_id, AGENT_ONLINE, MEAL, NULL, &state, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 422);
    assert_int_equal(agent_state_set(db, config, &chief, agent.member_id, AGENT_NO_NEW_CHATS, 0, NULL, &state, &refusal), OUTCOME_DONE);
    assert_int_equal(now_of(&agent), AGENT_NO_NEW_CHATS);
    assert_int_equal(agent_state_set_limit(db, config, &other, other.member_id, 100, &state, &refusal), OUTCOME_REFUSED);
    assert_int_equal(agent_state_set_limit(db, config, &chief, agent.member_id, 1, &state, &refusal), OUTCOME_DONE);
    assert_int_equal(state.chats_max, 1);
    assert_int_equal(agent_state_set_limit(db, config, &chief, agent.member_id, -1, &state, &refusal), OUTCOME_DONE);
    assert_int_equal(state.chats_max, 3);
    assert_int_equal(now_of(&agent), AGENT_NO_NEW_CHATS);
    rows = db_query(db, "SELECT action, detail FROM audit_log WHERE member_id = ? ORDER BY audit_no", DB_ARGS(db_int(chief.member_id)));
    assert_int_equal(db_rows_count(rows), 3);
    assert_string_equal(db_cell(rows, 0, 0, NULL), "agent.state");
    assert_string_equal(db_cell(rows, 0, 1, NULL), "here -> no-new");
    assert_string_equal(db_cell(rows, 1, 0, NULL), "agent.limit");
    db_rows_free(&rows);
}

static void *settle_as_a_node(void *arg)
{
    struct db *own = db_open(config);
    unsigned *changed = arg;
    enum outcome outcome = agent_state_settle(own, config, clock_wall_ms(), changed);

    db_close(&own);
    return outcome == OUTCOME_DONE ? NULL : arg;
}

static void two_nodes_note_one_change(void **unused)
{
    struct principal agent = new_member(ROLE_AGENT, "두마디");
    pthread_t threads[4];
    unsigned changed[4] = {0}, all = 0;
    char log[200];

    (void)unused;
    here(&agent, clock_wall_ms());
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, settle_as_a_node, &changed[i]), 0);
    for (int i = 0; i < 4; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        all += changed[i];
    }
    settle(clock_wall_ms());
    history(&agent, log, sizeof log);
    assert_string_equal(log, "ONLINE:0 ");
    assert_true(all <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_and_is_seen),
        cmocka_unit_test(goes_and_comes_by_the_clock),
        cmocka_unit_test(is_set_by_supervisors_alone_and_audited),
        cmocka_unit_test(two_nodes_note_one_change),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
