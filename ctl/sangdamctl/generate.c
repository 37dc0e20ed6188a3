#include "ctl/sangdamctl/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/sangdamctl/command.h"
#include "ctl/sangdamctl/demo_data.h"
#include "ctl/sangdamctl/generate_dice.h"
#include "ctl/sangdamctl/generate_words.h"
#include "lib/base/zone.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/stats_block.h"
#include "lib/chat/stats_fix.h"
#include "lib/chat/stats_hours.h"
#include "lib/chat/stats_load.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define AGENTS 20
#define CATEGORIES_MAX 64
#define CUSTOMERS_MAX 1000000
#define STORE_TRIES 60 /* a wait for a lock lasts a second at most, and pushd may be adding up what is there */
#define CHATS_AT_ONCE 400
#define ROWS_MAX 60 /* of a chat */
#define SESSION_COLUMNS 21
#define MESSAGE_COLUMNS 10

struct line {
    char who;
    const char *kind, *text;
    int64_t sender_id, at_ms;
};
struct chat {
    struct stats_chat c;
    int64_t member_id, first_answer_ms;
    char session_id[UUID_TEXT_SIZE];
    struct line lines[ROWS_MAX];
    char made[ROWS_MAX][GENERATE_SENTENCE_SIZE]; /* texts of lines */
    int n;
};
struct maker {
    struct db *db;
    const struct generate_ask *ask;
    struct stats_site site;
    struct dice dice;
    int64_t agents[AGENTS], first_customer, customers, next_no;
    struct code *categories; /* owned */
    int category_n;
    struct chat *chats; /* owned: a batch */
    size_t n;
    const char *asks[256], *answers[256];
    int asks_n, answers_n;
    struct generate_done done;
};

/* ---- who and what ---- */

/* Their numbers follow each other, as one INSERT gives them; where they do not, all chats are the first one's. */
static void take_customers(struct maker *m, struct db_rows *rows)
{
    int64_t n = rows ? db_cell_int(rows, 0, 1) : 0;

    m->first_customer = rows ? db_cell_int(rows, 0, 0) : 0;
    m->customers = n > 0 && db_cell_int(rows, 0, 2) - m->first_customer + 1 == n ? n : n > 0 ? 1 : 0;
    db_rows_free(&rows);
}

/* A member for each number from 1 to n, found again by its e-mail when chats are generated once more. */
static bool add_members(struct maker *m)
{
    static const char find[] = "SELECT MIN(member_id), COUNT(*), MAX(member_id) FROM member WHERE email LIKE 'generated-c%@example.invalid'";
    static const char *const names[] = {"김민준", "이서연", "박도윤", "최하은", "정시우", "강지우", "조은우", "윤서윤", "장하준", "임지아", "한예준", "오수아", "서주원", "신다은", "권지호", "황소율"};
    struct db_rows *rows;
    char email[64], name[64];
    bool ok = true;

    for (int i = 0; ok && i < AGENTS; i++) {
        snprintf(email, sizeof(email), "generated-a%d@example.invalid", i + 1);
        snprintf(name, sizeof(name), "%s %02d", names[i % 16], i + 1);
        ok = db_exec(m->db, "INSERT INTO member (email, nickname, gubun, status, cdate, udate) VALUES (?, ?, 2, 0, ?, ?) ON DUPLICATE KEY UPDATE member_id = LAST_INSERT_ID(member_id)",
                     DB_ARGS(db_text(email), db_text(name), db_time(m->ask->until_ms), db_time(m->ask->until_ms)), NULL);
        m->agents[i] = db_insert_id(m->db);
    }
    m->customers = m->ask->sessions / 8 + 200 < CUSTOMERS_MAX ? m->ask->sessions / 8 + 200 : CUSTOMERS_MAX;
    rows = ok ? db_query(m->db, find, NULL, 0) : NULL;
    if (!rows)
        return false;
    if (db_cell_int(rows, 0, 1) > 0) {
        take_customers(m, rows);
        return m->customers > 0;
    }
    db_rows_free(&rows);
    ok = db_exec(m->db,
                 "INSERT INTO member (email, nickname, gubun, status, cdate, udate) SELECT CONCAT('generated-c', seq, '@example.invalid'),"
                 " CONCAT(ELT(1 + seq * 7 % 8, '달빛', '초록', '바다', '가을', '별님', '구름', '한강', '새벽'), ELT(1 + seq % 6, '고객', '손님', '이웃', '여행자', '독자', '친구'), seq), 1, 0, ?, ?"
                 " FROM seq_1_to_1000000 WHERE seq <= ?",
                 DB_ARGS(db_time(m->ask->until_ms), db_time(m->ask->until_ms), db_int(m->customers)), NULL);
    rows = ok ? db_query(m->db, find, NULL, 0) : NULL;
    take_customers(m, rows);
    return m->customers > 0;
}

static bool prepare(struct maker *m)
{
    struct db_rows *rows = db_query(m->db, "SELECT COALESCE(MAX(session_no), 0) + 1 FROM chat_session", NULL, 0);

    if (!rows)
        return false;
    m->next_no = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    for (size_t t = 0; t < demo_talks_n; t++)
        for (size_t i = 0; i < demo_talks[t].lines_n; i++) {
            const char *line = demo_talks[t].lines[i];

            if (line[0] == 'M' && m->asks_n < 256)
                m->asks[m->asks_n++] = line + 2;
            if (line[0] == 'A' && m->answers_n < 256)
                m->answers[m->answers_n++] = line + 2;
        }
    m->category_n = (int)code_list(GROUP_CATEGORY, &m->categories);
    if (m->category_n > CATEGORIES_MAX)
        m->category_n = CATEGORIES_MAX;
    m->chats = calloc(CHATS_AT_ONCE, sizeof(*m->chats));
    return m->category_n > 0 && m->asks_n > 0 && m->answers_n > 0 && m->chats && db_exec(m->db, "SET SESSION unique_checks = 0, foreign_key_checks = 0", NULL, 0, NULL);
}

/* ---- one chat ---- */

static void say(struct chat *c, char who, const char *kind, const char *text, int64_t sender_id, int64_t at_ms)
{
    if (c->n == ROWS_MAX)
        return;
    c->lines[c->n++] = (struct line){who, kind, text, sender_id, at_ms};
    stats_chat_row(&c->c, who, sender_id, !strcmp(kind, "TEXT"), kind, at_ms);
    stats_duty_row(&c->c.duties, who, sender_id, !strcmp(kind, "TEXT"), kind, 0, false, at_ms);
}

static const char *choose_text(struct maker *m, struct chat *c, const char *const *texts, int texts_n)
{
    if (!m->ask->words || c->n == ROWS_MAX)
        return texts[dice_below(&m->dice, texts_n)];
    generate_sentence(&m->dice, m->ask->words, c->made[c->n]);
    return c->made[c->n];
}

static void customer_says(struct maker *m, struct chat *c, int64_t *at)
{
    say(c, 'M', "TEXT", choose_text(m, c, m->asks, m->asks_n), c->member_id, *at);
}

static void end(struct chat *c, char by, int32_t reason, const char *kind, const char *text, int64_t at)
{
    say(c, 'S', kind, text, 1, at);
    c->c.end_ms = at;
    c->c.ended_by = by;
    c->c.exit_reason_id = reason;
    c->c.status_id = STATUS_COMPLETED;
}

static void talk(struct maker *m, struct chat *c, int agent, int64_t at)
{
    static const int lengths[] = {18, 26, 22, 14, 9, 5, 3, 2, 1};
    int rounds = 1 + dice_weighted(&m->dice, lengths, 9) + (dice_percent(&m->dice, 20) ? 8 : 0);
    int64_t pace = 22000 + (agent % 7) * 6000; /* some agents are slower than others, always */

    for (int i = 0; i < rounds; i++) {
        at += dice_long_tail(&m->dice, 9000);
        customer_says(m, c, &at);
        if (dice_percent(&m->dice, 250)) {
            at += dice_long_tail(&m->dice, 5000);
            customer_says(m, c, &at);
        }
        if (i == rounds - 1 && dice_percent(&m->dice, 120))
            break; /* the last word is the customer's */
        at += dice_long_tail(&m->dice, pace);
        if (c->first_answer_ms < 0)
            c->first_answer_ms = at;
        say(c, 'A', "TEXT", choose_text(m, c, m->answers, m->answers_n), m->agents[agent], at);
        if (i == 1 && dice_percent(&m->dice, 30)) { /* handed on */
            agent = (agent + 1 + (int)dice_below(&m->dice, AGENTS - 1)) % AGENTS;
            at += dice_long_tail(&m->dice, 4000);
            say(c, 'S', "TRANSFER", "상담사가 변경됩니다.", 1, at);
            c->c.admin_id = m->agents[agent];
        }
    }
    at += dice_long_tail(&m->dice, 20000);
    end(c, dice_percent(&m->dice, 550) ? 'M' : 'A', dice_percent(&m->dice, 800) ? EXIT_SOLVED : EXIT_JUST_EXIT, "END", "상담이 종료되었습니다.", at);
    if (dice_percent(&m->dice, 260)) {
        static const int scores[] = {4, 5, 12, 34, 45};

        c->c.score = 1 + dice_weighted(&m->dice, scores, 5);
    }
}

static void make_chat(struct maker *m, struct chat *c, int64_t at, int weekday, int hour)
{
    static const int weights[8] = {40, 25, 30, 12, 8, 6, 4, 3};
    int category = dice_weighted(&m->dice, weights, m->category_n < 8 ? m->category_n : 8);
    int crowd = generate_weight(weekday, hour) / 40; /* 293 on Mondays at ten */
    int agent = (int)dice_below(&m->dice, AGENTS);
    int64_t wait = dice_long_tail(&m->dice, 9000 + crowd * 130), start = at;

    *c = (struct chat){.member_id = m->first_customer + dice_below(&m->dice, m->customers), .first_answer_ms = -1,
                       .c = {.session_no = m->next_no++, .cdate_ms = at, .start_ms = at, .accept_ms = -1, .end_ms = -1, .hold_since_ms = -1,
                             .category_id = m->categories[category].code_id}};
    dice_uuid(&m->dice, c->session_id);
    stats_chat_begin(&c->c);
    if (dice_percent(&m->dice, 700)) {
        at += dice_long_tail(&m->dice, 4000);
        customer_says(m, c, &at);
    }
    if (dice_percent(&m->dice, 15 + crowd / 8)) { /* did not want to wait any longer */
        c->c.is_abandoned = true;
        end(c, 'M', EXIT_CANCELLED, "CANCEL", "고객이 상담 요청을 취소했습니다.", at + wait * 2);
        return;
    }
    if (dice_percent(&m->dice, hour < 8 ? 150 : 8)) {
        end(c, 'S', EXIT_TIMEOUT, "END", "상담이 종료되었습니다.", start + 1800000);
        return;
    }
    at = at > start + wait ? at : start + wait;
    c->c.accept_ms = at;
    c->c.admin_id = m->agents[agent];
    say(c, 'S', "START", "상담이 시작되었습니다.", 1, at);
    if (dice_percent(&m->dice, 6))
        end(c, 'M', EXIT_JUST_EXIT, "END", "상담이 종료되었습니다.", at + dice_long_tail(&m->dice, 40000));
    else
        talk(m, c, agent, at);
}

/* ---- writing ---- */

static bool write_sessions(struct maker *m)
{
    static const char sql[] =
        "INSERT INTO chat_session (session_no, session_id, member_id, admin_id, category_id, status_id, title, start_time, end_time, message_count, cdate, udate,"
        " accept_time, first_response_time, queue_since, queue_entered, exit_reason_id, ended_by, abandoned, admin_read_seq, figured)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    struct db_arg *args = calloc(m->n * SESSION_COLUMNS, sizeof(*args));
    bool ok = args != NULL;

    for (size_t i = 0; ok && i < m->n; i++) {
        const struct chat *c = &m->chats[i];
        const struct db_arg row[SESSION_COLUMNS] = {
            db_int(c->c.session_no), db_text(c->session_id), db_int(c->member_id), db_id(c->c.admin_id), db_int(c->c.category_id), db_int(STATUS_COMPLETED),
            db_text(c->n && c->lines[0].who == 'M' ? c->lines[0].text : NULL), db_time(c->c.cdate_ms), db_time(c->c.end_ms), db_int(c->n), db_time(c->c.cdate_ms),
            db_time(c->c.end_ms), db_time(c->c.accept_ms), db_time(c->first_answer_ms), db_time(c->c.cdate_ms), db_time(c->c.cdate_ms), db_id(c->c.exit_reason_id),
            db_textn(&c->c.ended_by, 1), db_int(c->c.is_abandoned), db_int(c->n), db_int(1)};

        memcpy(&args[i * SESSION_COLUMNS], row, sizeof(row));
    }
    ok = ok && db_exec_rows(m->db, sql, args, SESSION_COLUMNS, m->n);
    free(args);
    return ok;
}

static bool write_messages(struct maker *m, size_t rows)
{
    static const char sql[] = "INSERT INTO chat_message (session_no, seq, session_id, sender_id, sender_type, message_type_id, kind, content, is_read, cdate)"
                              " VALUES (?,?,?,?,?,?,?,?,?,?)";
    struct db_arg *args = calloc(rows * MESSAGE_COLUMNS + 1, sizeof(*args));
    size_t at = 0;
    bool ok = args != NULL;

    for (size_t i = 0; ok && i < m->n; i++)
        for (int k = 0; k < m->chats[i].n; k++, at++) {
            const struct chat *c = &m->chats[i];
            const struct line *l = &c->lines[k];
            const struct db_arg row[MESSAGE_COLUMNS] = {db_int(c->c.session_no), db_int(k + 1), db_text(c->session_id), db_int(l->sender_id), db_textn(&l->who, 1),
                                                        db_int(l->who == 'S' ? TYPE_SYSTEM : TYPE_NORMAL), db_text(l->kind), db_text(l->text), db_text("Y"), db_time(l->at_ms)};

            memcpy(&args[at * MESSAGE_COLUMNS], row, sizeof(row));
        }
    ok = ok && db_exec_rows(m->db, sql, args, MESSAGE_COLUMNS, rows);
    free(args);
    return ok;
}

static bool write_ratings(struct maker *m)
{
    struct db_arg args[CHATS_AT_ONCE * 3];
    size_t n = 0;

    for (size_t i = 0; i < m->n; i++) {
        const struct stats_chat *c = &m->chats[i].c;

        if (!c->score)
            continue;
        args[n * 3] = db_int(c->session_no);
        args[n * 3 + 1] = db_int(c->score);
        args[n * 3 + 2] = db_time(c->end_ms);
        n++;
    }
    return n == 0 || db_exec_rows(m->db, "INSERT INTO rating (session_no, score, cdate) VALUES (?, ?, ?)", args, 3, n);
}

static bool write_figures(struct maker *m)
{
    struct stats_fixed fixed[CHATS_AT_ONCE];
    const struct stats_chat *list[CHATS_AT_ONCE];
    int64_t moments[CHATS_AT_ONCE];

    for (size_t i = 0; i < m->n; i++) {
        struct stats_figures f;

        list[i] = &m->chats[i].c;
        stats_chat_end(&m->chats[i].c, &f);
        f.is_open = stats_hours_has(m->site.hours, m->chats[i].c.category_id, m->chats[i].c.cdate_ms);
        stats_fixed_of(&m->chats[i].c, &f, &fixed[i]);
        moments[i] = m->chats[i].c.cdate_ms;
    }
    return stats_fixed_insert(m->db, fixed, m->n) && stats_block_dirty(m->db, m->site.zone, moments, m->n) && stats_load_store(m->db, list, m->n);
}

/* One transaction. False: nothing is kept of it. */
static bool store(struct maker *m, size_t rows)
{
    bool ok = db_begin(m->db) && write_sessions(m) && write_messages(m, rows) && write_ratings(m) && write_figures(m) && db_commit(m->db);

    if (db_in_transaction(m->db))
        db_rollback(m->db);
    return ok;
}

static bool flush(struct maker *m)
{
    size_t rows = 0;
    bool ok = m->n == 0;

    for (size_t i = 0; i < m->n; i++) {
        rows += (size_t)m->chats[i].n;
        stats_chat_duties(&m->chats[i].c);
    }
    for (int tries = 1; !ok && tries <= STORE_TRIES; tries++) {
        ok = store(m, rows);
        if (!ok && db_last_error(m->db) != DB_BUSY)
            break;
    }
    m->done.sessions += (int64_t)m->n;
    m->done.messages += (int64_t)rows;
    m->n = 0;
    return ok;
}

/* ---- the span ---- */

static int weekday_of(int64_t local_day)
{
    return (int)((local_day + 3) % 7);
}

/* One hour's chats, spread over it in order. */
static bool make_hour(struct maker *m, int64_t start_ms, int weekday, int hour, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t at = start_ms + (i * HOUR_MS + dice_below(&m->dice, HOUR_MS)) / n;

        make_chat(m, &m->chats[m->n++], at, weekday, hour);
        if (m->n == CHATS_AT_ONCE && !flush(m))
            return false;
    }
    return true;
}

/* Hours get their share of all chats by their weight; what a share has behind the point goes on to the next hour. */
static bool make_span(struct maker *m)
{
    int64_t last = m->ask->until_ms / HOUR_MS - 3, first = last - (int64_t)m->ask->days * 24, sum = 0, seen = 0, made = 0;

    for (int pass = 0; pass < 2; pass++)
        for (int64_t h = first; h < last; h++) {
            int64_t local = h + zone_offset(m->site.zone, h * 3600) / 3600, want;
            int weekday = weekday_of(local / 24), hour = (int)(local % 24), weight = generate_weight(weekday, hour);

            if (pass == 0) {
                sum += weight;
                continue;
            }
            seen += weight;
            want = (int64_t)((__int128)m->ask->sessions * seen / sum);
            if (want > made && !make_hour(m, h * HOUR_MS, weekday, hour, want - made))
                return false;
            made = want;
        }
    return flush(m);
}

int generate_chats(struct db *db, const struct config *config, const struct generate_ask *ask, struct generate_done *done)
{
    struct maker m = {.db = db, .ask = ask, .dice = {(uint64_t)ask->seed}};
    int status = EX_OK;

    if (!stats_site_open(db, config, &m.site))
        return command_fail_db("demo", db);
    if (!add_members(&m) || !prepare(&m) || !make_span(&m))
        status = command_fail_db("demo", db);
    *done = m.done;
    free(m.categories);
    free(m.chats);
    stats_site_close(&m.site);
    return status;
}
