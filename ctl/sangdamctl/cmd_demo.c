/* demo load: the five demo accounts, and chats of two weeks that are over, so that history and statistics have something to show.
 * The chats are written as rows with times of the past, which no step of lib/chat would do. */
#include "ctl/sangdamctl/command.h"
#include "ctl/sangdamctl/demo_data.h"
#include "ctl/sangdamctl/generate.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"
#include "lib/base/zone.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/member.h"
#include "lib/chat/stats_roll.h"
#include "lib/chat/stats_time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define DAYS 14
#define DAY_MS INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)
#define MEMBERS_MAX 64
#define AGENTS 3

struct people {
    int64_t agents[AGENTS];
    const char *agent_names[AGENTS];
    int64_t customers[MEMBERS_MAX];
    size_t customers_n;
};

/* The same at each load: a demo that differs from the next one can't be talked about. */
static uint32_t dice(uint32_t *state, uint32_t bound)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 16) % bound;
}

static bool find_member(struct db *db, const char *email, int64_t *id_r)
{
    struct db_rows *rows = db_query(db, "SELECT member_id FROM member WHERE email = ?", DB_ARGS(db_text(email)));
    *id_r = rows && db_rows_count(rows) ? db_cell_int(rows, 0, 0) : 0;
    bool good = rows != NULL;
    db_rows_free(&rows);
    return good;
}

/* ---- accounts ---- */

static int load_accounts(struct db *db)
{
    for (int i = 0; i < DEMO_ACCOUNTS; i++) {
        const struct demo_member *m = &demo_accounts[i];
        struct refusal r = {0};
        int64_t id;
        if (!find_member(db, m->email, &id))
            return command_fail_db("demo", db);
        if (id)
            continue;
        switch (member_add(db, m->email, DEMO_PASSWORD, m->nickname, m->role, &id, &r)) {
        case OUTCOME_DONE: case OUTCOME_SAME: break;
        case OUTCOME_REFUSED: return command_fail(EX_SOFTWARE, "demo", "%s: %s", m->email, r.message);
        default: return command_fail_db("demo", db);
        }
    }
    return EX_OK;
}

static bool add_others(struct db *db, int64_t now_ms, struct people *p)
{
    if (!find_member(db, demo_accounts[2].email, &p->agents[0]) || !find_member(db, demo_accounts[3].email, &p->agents[1]))
        return false;
    p->agent_names[0] = demo_accounts[2].nickname;
    p->agent_names[1] = demo_accounts[3].nickname;
    for (size_t i = 0; i < demo_others_n && i < MEMBERS_MAX; i++) {
        const struct demo_member *m = &demo_others[i];
        if (!db_exec(db, "INSERT INTO member (email, nickname, gubun, status, lang, cdate, udate) VALUES (?, ?, ?, 1, ?, ?, ?)",
                     DB_ARGS(db_text(m->email), db_text(m->nickname), db_int(role_gubun(m->role)), db_text(m->lang),
                             db_time(now_ms - (DAYS + 1) * DAY_MS), db_time(now_ms - (DAYS + 1) * DAY_MS)), NULL))
            return false;
        if (m->role == ROLE_AGENT) {
            p->agents[2] = db_insert_id(db);
            p->agent_names[2] = m->nickname;
        } else
            p->customers[p->customers_n++] = db_insert_id(db);
    }
    return p->customers_n > 0;
}

/* ---- one chat ---- */

struct chat {
    const struct demo_talk *talk;
    int64_t session_no, member_id, admin_id; /* admin_id 0: never accepted */
    const char *admin_name;
    char session_id[UUID_TEXT_SIZE];
    int64_t cdate_ms, accept_ms, first_response_ms, now_ms; /* now_ms: time of the last row */
    int seq;
    uint32_t *dice;
};

static bool add_row(struct db *db, struct chat *c, char sender_type, const char *kind, const char *content, const char *args)
{
    int64_t sender = sender_type == 'M' ? c->member_id : sender_type == 'A' ? c->admin_id : 1;
    c->seq++;
    return db_exec(db, "INSERT INTO chat_message (session_no, seq, session_id, sender_id, sender_type, message_type_id, kind, content, args,"
                       " is_read, cdate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'Y', ?)",
                   DB_ARGS(db_int(c->session_no), db_int(c->seq), db_text(c->session_id), db_int(sender),
                           db_textn(&sender_type, 1), db_int(sender_type == 'S' ? TYPE_SYSTEM : TYPE_NORMAL), db_text(kind),
                           db_text(content), db_text(args), db_time(c->now_ms)), NULL);
}

static bool add_start(struct db *db, struct chat *c)
{
    struct buf text = BUF_INIT, args = BUF_INIT;
    struct json_writer w = JSON_WRITER(&args);
    buf_printf(&text, "상담이 시작되었습니다. 상담사: %s", c->admin_name);
    jw_object(&w);
    jw_str(&w, "name", c->admin_name);
    jw_object_end(&w);
    bool good = add_row(db, c, 'S', "START", buf_str(&text), buf_str(&args));
    buf_free(&text);
    buf_free(&args);
    return good;
}

static bool add_end(struct db *db, struct chat *c)
{
    const struct demo_talk *t = c->talk;
    struct code code = {0};
    struct buf text = BUF_INIT, args = BUF_INIT;
    struct json_writer w = JSON_WRITER(&args);
    const char by[2] = {t->ended_by, '\0'};
    if (t->exit_reason_id == EXIT_CANCELLED)
        return add_row(db, c, 'S', "CANCEL", "고객이 상담 요청을 취소했습니다.", "{\"by\":\"M\"}");
    code_by_id(t->exit_reason_id, &code);
    buf_printf(&text, "상담이 종료되었습니다. (종료 사유: %s)", code.name[LANG_KO]);
    jw_object(&w);
    jw_str(&w, "by", by);
    jw_str(&w, "reason", code.code);
    jw_str(&w, "ko", code.name[LANG_KO]);
    jw_str(&w, "en", code.name[LANG_EN]);
    jw_object_end(&w);
    bool good = add_row(db, c, 'S', "END", buf_str(&text), buf_str(&args));
    buf_free(&text);
    buf_free(&args);
    return good;
}

/* How long somebody reads, thinks and types before this line. */
static int64_t pause_ms(struct chat *c, const char *text)
{
    size_t points = utf8_count(text, strlen(text));
    return (int64_t)(5 + points / 3 + dice(c->dice, 20)) * 1000 + dice(c->dice, 1000);
}

static bool add_lines(struct db *db, struct chat *c)
{
    for (size_t i = 0; i < c->talk->lines_n; i++) {
        const char *line = c->talk->lines[i];
        c->now_ms += pause_ms(c, line + 2);
        if (line[0] == 'A' && !c->first_response_ms)
            c->first_response_ms = c->now_ms;
        if (!add_row(db, c, line[0], "TEXT", line + 2, NULL))
            return false;
    }
    return true;
}

static bool add_session(struct db *db, struct chat *c)
{
    const struct demo_talk *t = c->talk;
    uuid_new(c->session_id);
    if (!db_exec(db, "INSERT INTO chat_session (session_id, member_id, admin_id, category_id, status_id, title, start_time, cdate, udate, accept_time,"
                     " queue_since, queue_entered, exit_reason_id, ended_by, abandoned) VALUES (?, ?, ?, ?, 3, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 DB_ARGS(db_text(c->session_id), db_int(c->member_id), db_id(c->admin_id), db_int(t->category_id), db_text(t->title),
                         db_time(c->cdate_ms), db_time(c->cdate_ms), db_time(c->cdate_ms), db_time(c->accept_ms), db_time(c->cdate_ms), db_time(c->cdate_ms),
                         db_int(t->exit_reason_id), db_textn(&t->ended_by, 1), db_int(t->exit_reason_id == EXIT_CANCELLED)), NULL))
        return false;
    c->session_no = db_insert_id(db);
    return true;
}

static bool close_session(struct db *db, const struct chat *c)
{
    return db_exec(db, "UPDATE chat_session SET end_time = ?, udate = ?, message_count = ?, first_response_time = ?, member_read_seq = ?,"
                       " admin_read_seq = ?, member_last_seen = ?, admin_last_seen = ? WHERE session_no = ?",
                   DB_ARGS(db_time(c->now_ms), db_time(c->now_ms), db_int(c->seq), db_time(c->first_response_ms ? c->first_response_ms : -1),
                           db_int(c->seq), db_int(c->admin_id ? c->seq : 0), db_time(c->now_ms), db_time(c->admin_id ? c->now_ms : -1),
                           db_int(c->session_no)), NULL);
}

static bool add_chat(struct db *db, const struct demo_talk *talk, const struct people *p, size_t customer, int64_t cdate_ms, uint32_t *state)
{
    int agent = (int)dice(state, AGENTS);
    bool accepted = talk->lines_n > 0;
    int64_t wait_ms = (int64_t)talk->wait_s * 1000 + dice(state, 15000);
    struct chat c = {.talk = talk, .member_id = p->customers[customer], .cdate_ms = cdate_ms, .dice = state, .accept_ms = -1};
    c.now_ms = cdate_ms + wait_ms;
    if (accepted) {
        c.admin_id = p->agents[agent];
        c.admin_name = p->agent_names[agent];
        c.accept_ms = c.now_ms;
    }
    if (!add_session(db, &c) || (accepted && !add_start(db, &c)) || !add_lines(db, &c))
        return false;
    if (accepted)
        c.now_ms += 10000 + dice(state, 40000);
    return add_end(db, &c) && close_session(db, &c);
}

/* ---- two weeks ---- */

/* 00:00 in Seoul, which has no summer time, of the day of wall_ms. */
static int64_t seoul_midnight(int64_t wall_ms)
{
    int64_t local = wall_ms + 9 * 60 * MINUTE_MS;
    return local - local % DAY_MS - 9 * 60 * MINUTE_MS;
}

static bool add_chats(struct db *db, int64_t now_ms, const struct people *p)
{
    uint32_t state = 20241122;
    size_t talk = 0, customer = 0;
    for (int day = DAYS - 1; day >= 1; day--) {
        int64_t midnight = seoul_midnight(now_ms - day * DAY_MS);
        int chats = 2 + (int)dice(&state, 3);
        for (int i = 0; i < chats; i++) {
            int64_t at = midnight + (9 * 60 + i * 600 / chats + dice(&state, 90)) * MINUTE_MS + dice(&state, 60000);
            if (!add_chat(db, &demo_talks[talk], p, customer, at, &state))
                return false;
            talk = (talk + 1) % demo_talks_n;
            customer = (customer + 5) % p->customers_n;
        }
    }
    static const int minutes_ago[] = {290, 215, 150, 95, 40};
    for (size_t i = 0; i < sizeof minutes_ago / sizeof minutes_ago[0]; i++)
        if (!add_chat(db, &demo_talks[i], p, (customer + i * 3) % p->customers_n, now_ms - minutes_ago[i] * MINUTE_MS, &state))
            return false;
    return true;
}

/* All or nothing, so that a load that was cut short is done anew. */
static int load_chats(struct db *db)
{
    int64_t there, now_ms = clock_wall_ms();
    struct people p = {0};
    if (!find_member(db, demo_others[0].email, &there))
        return command_fail_db("demo", db);
    if (there)
        return EX_OK;
    if (!code_refresh(db) || !db_begin(db))
        return command_fail_db("demo", db);
    if (add_others(db, now_ms, &p) && add_chats(db, now_ms, &p) && db_commit(db))
        return EX_OK;
    int status = command_fail_db("demo", db);
    db_rollback(db);
    return status;
}

/* ---- many ---- */

static bool read_number(const char *text, int64_t least, int64_t most, int64_t *v_r)
{
    char *end;

    errno = 0;
    *v_r = strtoll(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && !errno && *v_r >= least && *v_r <= most;
}

static bool read_generate(const struct config *config, int argc, char **argv, struct generate_ask *ask)
{
    struct zone *zone = NULL;
    int64_t days = 730, now = clock_wall_ms(), to;
    bool ok = zone_open(NULL, config->timezone, &zone) == ZONE_FOUND;

    *ask = (struct generate_ask){.seed = 1};
    if (ok)
        stats_today(zone, now, &ask->until_ms, &to);
    for (int i = 2; ok && i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--sessions"))
            ok = read_number(argv[i + 1], 1, 100000000, &ask->sessions);
        else if (!strcmp(argv[i], "--days"))
            ok = read_number(argv[i + 1], 1, 3660, &days);
        else if (!strcmp(argv[i], "--seed"))
            ok = read_number(argv[i + 1], 0, INT64_MAX, &ask->seed);
        else if (!strcmp(argv[i], "--words"))
            ok = read_number(argv[i + 1], 1, 1000000, &ask->words);
        else
            ok = !strcmp(argv[i], "--until") && stats_moment(zone, argv[i + 1], now, &ask->until_ms) && ask->until_ms <= now;
    }
    zone_free(&zone);
    ask->days = (int)days;
    return ok && argc % 2 == 0 && ask->sessions > 0 && ask->until_ms > (days + 2) * DAY_MS;
}

static int generate(struct command_context *c, struct db *db, int argc, char **argv)
{
    struct stats_roll_done rolled;
    struct generate_done done;
    struct generate_ask ask;
    int status;

    if (!read_generate(c->config, argc, argv, &ask))
        return command_usage(argv[0]);
    if (!code_refresh(db))
        return command_fail_db(argv[0], db);
    status = generate_chats(db, c->config, &ask, &done);
    if (status == EX_OK && stats_roll_all(db, c->config, clock_wall_ms(), INT64_MAX, NULL, &rolled) != OUTCOME_DONE)
        status = command_fail_db(argv[0], db);
    if (status == EX_OK)
        printf("%-14s %lld\n%-14s %lld\n", "sessions", (long long)done.sessions, "messages", (long long)done.messages);
    return status;
}

int cmd_demo(struct command_context *c, int argc, char **argv)
{
    bool accounts_only = argc == 3 && !strcmp(argv[2], "--accounts-only");
    bool is_many = argc >= 2 && !strcmp(argv[1], "generate");
    if (!is_many && (argc < 2 || argc > 3 || strcmp(argv[1], "load") || (argc == 3 && !accounts_only)))
        return command_usage(argv[0]);
    struct db *db = db_open(c->config);
    if (!db)
        return command_fail(EX_OSERR, argv[0], "out of memory");
    int status = is_many ? generate(c, db, argc, argv) : load_accounts(db);
    if (status == EX_OK && !accounts_only && !is_many)
        status = load_chats(db);
    db_close(&db);
    return status;
}
