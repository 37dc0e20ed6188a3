/* board_page: see board_page.h. */
#include "cgi/board_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/agent_lists.h"
#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/zone.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/staff_state.h"
#include "lib/chat/stats.h"

#define LATE_S 40 /* experience.md: red after 40 s */
#define REFRESH_S 20

enum { S_STATE, S_REASON };
const struct field board_page_state_body[] = {
    [S_STATE] = {"state", FIELD_TEXT, false, 0, 0},
    [S_REASON] = {"reason", FIELD_TEXT, false, 0, 0},
    {0},
};

/* A state that was refused: shown in its agent's row again. */
struct wrong {
    int64_t member_id;
    const struct refusal *refusal;
};

/* ---- the figures of now ---- */

static const char *span_text(int64_t s, char *out, size_t size)
{
    if (s < 0)
        snprintf(out, size, "–");
    else if (s < 3600)
        snprintf(out, size, "%d:%02d", (int)(s / 60), (int)(s % 60));
    else
        snprintf(out, size, "%lld:%02d:%02d", (long long)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    return out;
}

static void add_tile(struct json_object *tiles, const char *key, const char *label, const char *value, const char *unit, const char *url, bool is_late)
{
    struct json_object *o = json_object_new_object();
    page_str(o, "key", key);
    page_str(o, "label", label);
    page_str(o, "value", value);
    page_str(o, "unit", unit);
    page_str(o, "url", url);
    page_bool(o, "late", is_late);
    page_push(tiles, o);
}

static void add_count(struct json_object *tiles, const char *key, const char *label, int64_t n, const char *url, bool is_late)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)n);
    add_tile(tiles, key, label, text, "", url, is_late);
}

/* experience.md section 4, live: all that it names. */
static struct json_object *live_tiles(const struct request *q, const struct stats_live *live)
{
    struct json_object *tiles = json_object_new_array();
    bool is_late = live->waiting > 0 && live->longest_wait_s > LATE_S;
    int64_t frt_ns = live->today.dist[FIGURE_FRT].n ? live->today.dist[FIGURE_FRT].median_ns : -1;
    char text[32], unit[32];
    add_count(tiles, "waiting", answer_text(q, "Waiting"), live->waiting, "#waiting", is_late);
    add_tile(tiles, "longest_wait_s", answer_text(q, "Longest wait"), span_text(live->longest_wait_s, text, sizeof text), "", "#waiting", is_late);
    add_count(tiles, "active", answer_text(q, "Active"), live->active, "#open", false);
    snprintf(text, sizeof text, "%lld", (long long)live->agents_online);
    snprintf(unit, sizeof unit, " / %lld", (long long)live->agents_max);
    add_tile(tiles, "agents_online", answer_text(q, "Agents online"), text, unit, "#agents", false);
    add_count(tiles, "chats", answer_text(q, "Chats today"), live->today.chats, "/stats/chats.html", false);
    add_count(tiles, "missed", answer_text(q, "Missed today"), live->today.missed, "/stats/chats.html", false);
    add_count(tiles, "abandoned", answer_text(q, "Abandoned today"), live->today.abandoned, "/stats/chats.html", false);
    add_tile(tiles, "frt_s", answer_text(q, "First answer"), span_text(frt_ns < 0 ? -1 : (frt_ns + 500000000) / 1000000000, text, sizeof text), "", "/stats/summary.html", false);
    if (live->connections >= 0)
        add_count(tiles, "connections", answer_text(q, "Connections"), live->connections, "/stats/live.html", false);
    return tiles;
}

static bool put_live(struct request *q, struct json_object *data, int64_t now_ms)
{
    struct stats_live live;
    struct refusal refusal = {0};
    struct zone *zone = NULL;
    bool is_fine;
    if (zone_open(NULL, q->config->timezone, &zone) != ZONE_FOUND && zone_open(NULL, "UTC", &zone) != ZONE_FOUND) {
        answer_away(q);
        return false;
    }
    is_fine = answer_outcome(q, stats_live_read(q->db, q->config, zone, now_ms, q->lang, &live, &refusal), &refusal);
    zone_free(&zone);
    if (is_fine)
        page_put(data, "tiles", live_tiles(q, &live));
    return is_fine;
}

/* ---- agents ---- */

static struct json_object *state_choices(const struct request *q, enum staff_state chosen)
{
    static const char *const labels[STAFF_STATE_TOTAL] = {[STAFF_HERE] = N_("Here"), [STAFF_NO_NEW] = N_("No new chats"), [STAFF_AWAY] = N_("Away from work")};
    struct json_object *list = json_object_new_array();
    for (int i = 0; i < STAFF_STATE_TOTAL; i++) {
        struct json_object *row = json_object_new_object();
        page_str(row, "value", staff_state_name((enum staff_state)i));
        page_str(row, "label", answer_text(q, labels[i]));
        page_bool(row, "selected", i == (int)chosen);
        page_push(list, row);
    }
    return list;
}

static struct json_object *agent_row(const struct request *q, const struct staff_look *s, const struct wrong *wrong)
{
    struct json_object *row = json_object_new_object();
    bool is_wrong = wrong && wrong->member_id == s->member_id;
    enum staff_state shown = s->state;
    char reason[401];
    if (is_wrong)
        staff_state_from_name(q->form[S_STATE].s, &shown);
    page_int(row, "memberId", s->member_id);
    page_str(row, "name", s->nickname);
    page_bool(row, "isOnline", s->is_online);
    page_bool(row, "isHere", s->state == STAFF_HERE);
    page_bool(row, "isAway", s->state == STAFF_AWAY);
    code_name(s->reason_id, q->lang, reason, sizeof reason);
    page_str(row, "reason", *s->reason || !s->reason_id ? s->reason : reason);
    page_time(row, "since", s->state != STAFF_HERE ? s->since_ms : -1);
    page_int(row, "chats", s->chats);
    page_int(row, "chatsMax", s->chats_max);
    page_put(row, "states", state_choices(q, shown));
    page_str(row, "typedReason", is_wrong ? q->form[S_REASON].s : s->reason);
    page_str(row, "wrong", is_wrong ? answer_text(q, wrong->refusal->message) : "");
    return row;
}

static bool put_agents(struct request *q, struct json_object *data, int64_t now_ms, const struct wrong *wrong)
{
    struct staff_look *list = NULL;
    size_t n = 0;
    if (!answer_outcome(q, staff_look(q->db, q->config, now_ms, &list, &n), NULL))
        return false;
    struct json_object *rows = json_object_new_array();
    for (size_t i = 0; i < n; i++)
        page_push(rows, agent_row(q, &list[i], wrong));
    free(list);
    page_put(data, "agents", rows);
    return true;
}

/* ---- the page ---- */

static void send_board(struct request *q, int status, const struct wrong *wrong)
{
    static const struct agent_lists all = {.is_all = true, .waiting_max = 200};
    int64_t now_ms = clock_wall_ms();
    struct json_object *data = page_data(q);
    if (!put_live(q, data, now_ms) || !put_agents(q, data, now_ms, wrong) || !agent_lists_fill(q, data, &all)) {
        json_object_put(data);
        return;
    }
    page_bool(data, "atBoard", true);
    page_str(data, "path", "/board");
    if (!wrong)
        page_int(data, "refresh", REFRESH_S);
    page_send(q, status, "board", data);
}

void board_page(struct request *q)
{
    send_board(q, 200, NULL);
}

static int64_t number(const char *p)
{
    int64_t id = 0;
    for (; *p >= '0' && *p <= '9' && id < JSON_MAX_INT / 10; p++)
        id = id * 10 + (*p - '0');
    return *p ? 0 : id;
}

void board_page_state(struct request *q)
{
    struct refusal refusal = {0};
    const struct wrong wrong = {number(q->arg[0]), &refusal};
    enum staff_state state;
    enum outcome outcome;
    if (wrong.member_id == 0)
        outcome = refuse(&refusal, 404, CODE_ABSENT, "There is no such member.");
    else if (!staff_state_from_name(q->form[S_STATE].s, &state))
        outcome = refuse_field(&refusal, 422, CODE_INPUT, "There is no such choice.", "state");
    else
        outcome = staff_state_set(q->db, &q->who, wrong.member_id, state, q->form[S_REASON].s, &refusal);
    if (outcome == OUTCOME_REFUSED && refusal.status == 422)
        send_board(q, 422, &wrong);
    else if (answer_outcome(q, outcome, &refusal))
        answer_redirect(q, "/board#agents");
}
