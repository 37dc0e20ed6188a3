/* routing: see routing.h. Whose turn it is comes from one statement; what it found is looked at again under the agent's row lock, behind the chat's. */
#include "lib/chat/routing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/chat/agent_load.h"
#include "lib/chat/agent_state.h"
#include "lib/chat/audit.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/session_priv.h"

#define PICKS 3
#define BUSY_MAX 64 /* topics that a turn remembers to have nobody free */

static const char *const names[ROUTING_MODE_TOTAL] = {
    [ROUTING_PULL] = "pull", [ROUTING_LEAST_BUSY] = "least-busy", [ROUTING_ROUND_ROBIN] = "round-robin", [ROUTING_LAST_AGENT] = "last-agent"};

const char *routing_mode_name(enum routing_mode mode)
{
    return names[mode];
}

bool routing_mode_from_name(const char *name, enum routing_mode *mode_r)
{
    for (int i = 0; i < ROUTING_MODE_TOTAL; i++)
        if (strcmp(names[i], name) == 0) {
            *mode_r = (enum routing_mode)i;
            return true;
        }
    return false;
}

/* ---- which chats are due ---- */

static enum outcome is_anything_routed(struct db *db, const struct config *config, bool *is_r)
{
    struct db_rows *rows;

    *is_r = strcmp(config->routing, names[ROUTING_PULL]) != 0;
    if (*is_r)
        return OUTCOME_DONE;
    rows = db_query(db, "SELECT 1 FROM category_routing WHERE mode <> 'pull' LIMIT 1", NULL, 0);
    if (!rows)
        return OUTCOME_AWAY;
    *is_r = db_rows_count(rows) > 0;
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

/* Waiting, with a customer who is there, and offered to nobody who could still take it. */
#define DUE_SQL \
    "SELECT s.session_no, s.category_id, COALESCE(r.mode, p.mode, ?) AS mode FROM chat_session s JOIN code c ON c.code_id = s.category_id" \
    " LEFT JOIN category_routing r ON r.category_id = s.category_id LEFT JOIN category_routing p ON p.category_id = c.pcode" \
    " WHERE s.status_id = 1 AND s.offline = 0 AND s.member_grace_until IS NULL" \
    " AND (s.route_until IS NULL OR s.route_until <= ? OR NOT EXISTS (SELECT 1 FROM agent_state a WHERE a.member_id = s.route_admin_id AND a.state = 'ONLINE'))" \
    " HAVING mode <> 'pull' ORDER BY COALESCE(r.priority, p.priority, 0) DESC, s.queue_front DESC, s.queue_since, s.session_no LIMIT 1000"

static enum outcome due_chats(struct db *db, const struct config *config, int64_t now_ms, struct db_rows **rows_r)
{
    bool is_routed;

    *rows_r = NULL;
    if (is_anything_routed(db, config, &is_routed) != OUTCOME_DONE)
        return OUTCOME_AWAY;
    if (!is_routed)
        return OUTCOME_DONE;
    *rows_r = db_query(db, DUE_SQL, DB_ARGS(db_text(config->routing), db_time(now_ms)));
    return *rows_r ? OUTCOME_DONE : OUTCOME_AWAY;
}

/* ---- whose turn it is ---- */

/* Arguments: the limit, those of AGENT_LOAD_SQL; the chat, since when it waits, the topic, its parent; the agent whom it goes to first, whether the load decides. */
#define PICK_SQL \
    "SELECT x.member_id FROM (SELECT a.member_id, a.last_offer, COALESCE(a.chats_max, ?) AS most, " AGENT_LOAD_SQL("a.member_id") " AS chats," \
    " (SELECT COUNT(*) FROM chat_offer f WHERE f.session_no = ? AND f.member_id = a.member_id AND f.cdate >= ?) AS asked" \
    " FROM agent_state a JOIN member m ON m.member_id = a.member_id WHERE a.state = 'ONLINE' AND m.status = 1 AND m.gubun IN (2, 3, 5)" \
    " AND (EXISTS (SELECT 1 FROM staff_category k WHERE k.member_id = a.member_id AND k.category_id IN (?, ?))" \
    " OR (m.gubun = 2 AND NOT EXISTS (SELECT 1 FROM staff_category k WHERE k.member_id = a.member_id)))) x" \
    " WHERE x.most = 0 OR x.chats < x.most ORDER BY x.asked, x.member_id = ? DESC, x.chats * ?, x.last_offer, x.member_id LIMIT 1"

/* The first cell of the one row of a SELECT; 0 when there is none. */
static bool read_id(struct db_rows *rows, int64_t *id_r)
{
    if (!rows)
        return false;
    *id_r = db_rows_count(rows) ? db_cell_int(rows, 0, 0) : 0;
    db_rows_free(&rows);
    return true;
}

static bool served_last(struct db *db, const struct session *s, int64_t *member_id_r)
{
    return read_id(db_query(db, "SELECT admin_id FROM chat_session WHERE member_id = ? AND session_no <> ? AND admin_id IS NOT NULL ORDER BY session_no DESC LIMIT 1",
                            DB_ARGS(db_int(s->member_id), db_int(s->session_no))),
                   member_id_r);
}

static bool pick(const struct step *step, const struct session *s, int64_t *member_id_r)
{
    const enum routing_mode mode = (enum routing_mode)step->number;
    struct code topic = {0};
    int64_t first = 0;

    code_by_id(s->category_id, &topic);
    if (mode == ROUTING_LAST_AGENT && !served_last(step->db, s, &first))
        return false;
    return read_id(db_query(step->db, PICK_SQL,
                            DB_ARGS(db_int(step->config->chats_max), AGENT_LOAD_ARGS(step->now_ms, s->session_no), db_int(s->session_no),
                                    db_time(s->queue_entered_ms), db_int(s->category_id), db_int(topic.pcode), db_int(first),
                                    db_int(mode != ROUTING_ROUND_ROBIN))),
                   member_id_r);
}

static enum outcome note_offer(const struct step *step, int64_t member_id, struct session *s, struct change *c)
{
    if (!db_exec(step->db, "INSERT INTO chat_offer (session_no, member_id, cdate) VALUES (?,?,?)",
                 DB_ARGS(db_int(s->session_no), db_int(member_id), db_time(step->now_ms)), NULL) ||
        !db_exec(step->db, "UPDATE agent_state SET last_offer = ? WHERE member_id = ?", DB_ARGS(db_time(step->now_ms), db_int(member_id)), NULL))
        return OUTCOME_AWAY;
    s->route_admin_id = member_id;
    s->route_until_ms = step->now_ms + step->config->offer_timeout;
    c->what = CHANGE_ROUTED;
    return OUTCOME_DONE;
}

static bool is_offer_good(const struct step *step, const struct session *s, bool *good_r)
{
    int64_t found = 0;

    *good_r = false;
    if (!s->route_admin_id || s->route_until_ms <= step->now_ms)
        return true;
    if (!read_id(db_query(step->db, "SELECT 1 FROM agent_state WHERE member_id = ? AND state = 'ONLINE'", DB_ARGS(db_int(s->route_admin_id))), &found))
        return false;
    *good_r = found != 0;
    return true;
}

/* step->number: the mode. REFUSED: nobody is free. */
static enum outcome step_route(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    bool is_good;

    if (s->status_id != STATUS_WAITING || s->offline || s->member_grace_ms >= 0)
        return OUTCOME_SAME;
    if (!is_offer_good(step, s, &is_good))
        return OUTCOME_AWAY;
    if (is_good)
        return OUTCOME_SAME;
    for (int i = 0; i < PICKS; i++) {
        struct agent_load load;
        int64_t member_id;
        if (!pick(step, s, &member_id))
            return OUTCOME_AWAY;
        if (!member_id)
            return refuse(refusal_r, 409, CODE_RULE, "Nobody is free.");
        if (agent_load_lock(step->db, step->config, member_id, s->session_no, step->now_ms, &load) != OUTCOME_DONE)
            return OUTCOME_AWAY;
        if (load.is_online && load.has_room)
            return note_offer(step, member_id, s, c);
    }
    return OUTCOME_SAME; /* they fill up under our eyes: the next turn looks again */
}

/* ---- a turn ---- */

static bool is_busy(const int32_t *busy, size_t n, int32_t category_id)
{
    for (size_t i = 0; i < n; i++)
        if (busy[i] == category_id)
            return true;
    return false;
}

enum outcome routing_run(struct db *db, const struct config *config, int64_t now_ms, void (*tell)(struct change *change, void *arg), void *arg)
{
    struct db_rows *rows;
    int32_t busy[BUSY_MAX];
    size_t n_busy = 0, offers = 0;
    enum outcome outcome = code_refresh(db) ? due_chats(db, config, now_ms, &rows) : OUTCOME_AWAY;

    if (outcome != OUTCOME_DONE)
        return outcome;
    for (size_t i = 0; i < db_rows_count(rows) && outcome != OUTCOME_AWAY && offers < ROUTING_AT_ONCE && n_busy < BUSY_MAX; i++) {
        const int32_t category_id = (int32_t)db_cell_int(rows, i, 1);
        enum routing_mode mode;
        struct change change;

        if (is_busy(busy, n_busy, category_id) || !routing_mode_from_name(db_cell(rows, i, 2, NULL), &mode))
            continue;
        const struct step step = {.config = config, .db = db, .now_ms = now_ms, .number = mode};
        outcome = session_run(db, NULL, db_cell_int(rows, i, 0), step_route, &step, &change, NULL);
        if (outcome == OUTCOME_REFUSED)
            busy[n_busy++] = category_id;
        if (outcome == OUTCOME_DONE) {
            offers++;
            tell(&change, arg);
        }
        if (outcome == OUTCOME_AWAY && db_last_error(db) == DB_BUSY) /* somebody holds this chat's row: it is theirs for now */
            outcome = OUTCOME_SAME;
        change_clear(&change);
    }
    db_rows_free(&rows);
    return outcome == OUTCOME_AWAY ? OUTCOME_AWAY : OUTCOME_DONE;
}

/* ---- accepting ---- */

static enum outcome step_accept_counted(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    struct agent_load load;

    if (s->status_id == STATUS_WAITING && role_is_staff(step->who->role)) {
        if (agent_load_lock(step->db, step->config, step->who->member_id, s->session_no, step->now_ms, &load) != OUTCOME_DONE)
            return OUTCOME_AWAY;
        if (!load.has_room && !step->config->accept_over_limit)
            return refuse(refusal_r, 409, CODE_RULE, "You have as many chats as you may have. End one first.");
    }
    return step_accept(step, s, c, refusal_r);
}

enum outcome routing_accept(struct db *db, const struct config *config, const struct principal *who, const char *session_id, struct change *change_r,
                            struct refusal *refusal_r)
{
    const struct step step = {.config = config, .db = db, .who = who, .now_ms = clock_wall_ms()};
    enum outcome outcome;

    if (!code_refresh(db)) {
        change_init(change_r);
        return OUTCOME_AWAY;
    }
    outcome = session_run(db, session_id, 0, step_accept_counted, &step, change_r, refusal_r);
    if (outcome == OUTCOME_DONE)
        agent_state_active(db, who->member_id); /* a sign of the person; the chat is theirs whether or not it was noted */
    return outcome;
}

/* ---- rules ---- */

#define TOPIC_SIZE 41

/* From the database: who has just added a topic sets its rule at once, and the table in memory may be ten seconds old. */
static enum outcome find_topic(struct db *db, int32_t category_id, char topic_r[TOPIC_SIZE], struct refusal *refusal_r)
{
    struct db_rows *rows = db_query(db, "SELECT code FROM code WHERE code_id = ? AND gcode = 'CHAT_CATEGORY'", DB_ARGS(db_int(category_id)));
    bool is_there = db_rows_count(rows) == 1;

    if (!rows)
        return OUTCOME_AWAY;
    if (is_there)
        snprintf(topic_r, TOPIC_SIZE, "%s", db_cell(rows, 0, 0, NULL));
    db_rows_free(&rows);
    return is_there ? OUTCOME_DONE : refuse(refusal_r, 404, CODE_ABSENT, "There is no such topic.");
}

static enum outcome check_rule(const struct routing_rule *rule, struct refusal *refusal_r)
{
    if (rule->priority < -100 || rule->priority > 100)
        return refuse_field(refusal_r, 422, CODE_INPUT, "The priority is a whole number from -100 to 100.", "priority");
    return OUTCOME_DONE;
}

static enum outcome write_rule(struct db *db, int64_t by_id, const struct routing_rule *rule, const char *topic)
{
    const char *mode = rule->mode == ROUTING_MODE_TOTAL ? NULL : names[rule->mode];
    char detail[60];

    snprintf(detail, sizeof detail, "%s %d", mode ? mode : "-", rule->priority);
    if (!db_begin(db) ||
        !db_exec(db, "INSERT INTO category_routing (category_id, mode, priority) VALUES (?,?,?) ON DUPLICATE KEY UPDATE mode = VALUES(mode), priority = VALUES(priority)",
                 DB_ARGS(db_int(rule->category_id), db_text(mode), db_int(rule->priority)), NULL) ||
        !audit_add(db, by_id, "category.routing", topic, detail) || !db_commit(db)) {
        if (db_in_transaction(db))
            db_rollback(db);
        return OUTCOME_AWAY;
    }
    return OUTCOME_DONE;
}

enum outcome routing_set_rule(struct db *db, const struct principal *who, const struct routing_rule *rule, struct refusal *refusal_r)
{
    char topic[TOPIC_SIZE];
    enum outcome outcome;

    if (!role_is_chief(who->role))
        return refuse(refusal_r, 403, CODE_RIGHT, "You are not allowed to do this.");
    outcome = find_topic(db, rule->category_id, topic, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = check_rule(rule, refusal_r);
    return outcome == OUTCOME_DONE ? write_rule(db, who->member_id, rule, topic) : outcome;
}

static struct routing_rule read_rule(const struct db_rows *rows, size_t row)
{
    struct routing_rule rule = {.category_id = (int32_t)db_cell_int(rows, row, 0), .mode = ROUTING_MODE_TOTAL, .priority = (int32_t)db_cell_int(rows, row, 2)};
    const char *mode = db_cell(rows, row, 1, NULL);

    if (mode)
        routing_mode_from_name(mode, &rule.mode);
    return rule;
}

enum outcome routing_rules(struct db *db, struct routing_rule **list_r, size_t *n_r)
{
    struct db_rows *rows = db_query(db, "SELECT c.code_id, r.mode, r.priority FROM code c LEFT JOIN category_routing r ON r.category_id = c.code_id"
                                        " WHERE c.gcode = 'CHAT_CATEGORY' AND c.is_used = 'Y' ORDER BY c.sort_no, c.code_id", NULL, 0);
    size_t n = db_rows_count(rows);
    struct routing_rule *list = rows ? calloc(n + 1, sizeof *list) : NULL;

    for (size_t i = 0; list && i < n; i++)
        list[i] = read_rule(rows, i);
    db_rows_free(&rows);
    *list_r = list;
    *n_r = list ? n : 0;
    return list ? OUTCOME_DONE : OUTCOME_AWAY;
}

enum outcome routing_looks(struct db *db, const struct config *config, struct routing_look **list_r, size_t *n_r)
{
    struct db_rows *rows = db_query(db, "SELECT c.code_id, r.mode, COALESCE(r.priority, p.priority, 0), COALESCE(p.mode, ?) FROM code c"
                                        " LEFT JOIN category_routing r ON r.category_id = c.code_id LEFT JOIN category_routing p ON p.category_id = c.pcode"
                                        " WHERE c.gcode = 'CHAT_CATEGORY' ORDER BY c.sort_no, c.code_id", DB_ARGS(db_text(config->routing)));
    size_t n = db_rows_count(rows);
    struct routing_look *list = rows ? calloc(n + 1, sizeof *list) : NULL;

    for (size_t i = 0; list && i < n; i++) {
        list[i].rule = read_rule(rows, i);
        routing_mode_from_name(db_cell(rows, i, 3, NULL), &list[i].otherwise);
    }
    db_rows_free(&rows);
    *list_r = list;
    *n_r = list ? n : 0;
    return list ? OUTCOME_DONE : OUTCOME_AWAY;
}
