/* desk_page: see desk_page.h. */
#include "cgi/desk_page.h"

#include <stdlib.h>

#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/session_door.h"
#include "lib/base/clock.h"
#include "lib/chat/block.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"
#include "lib/chat/session_tag.h"

const struct field desk_tag_body[] = {
    {"tag", FIELD_TEXT, true, 0, 0},
    {0},
};
enum { B_DAYS, B_REASON, B_END };
const struct field desk_block_body[] = {
    [B_DAYS] = {"days", FIELD_INT, true, 0, 1000000},
    [B_REASON] = {"reason", FIELD_TEXT, true, 0, 0},
    [B_END] = {"end", FIELD_BOOL, false, 0, 0},
    {0},
};

/* ---- tags ---- */

static void answer_tags(struct request *q, int status, const struct session *s)
{
    struct tag *list = NULL;
    struct refusal refusal = {0};
    struct json_writer w;
    size_t n = 0;
    if (!answer_outcome(q, session_tag_list(q->db, &q->who, s, &list, &n, &refusal), &refusal))
        return;
    answer_envelope(q, status, &w);
    jw_array_key(&w, "data");
    for (size_t i = 0; i < n; i++)
        jw_str(&w, NULL, list[i].text);
    jw_array_end(&w);
    answer_envelope_end(q, &w);
    free(list);
}

void desk_api_tags(struct request *q)
{
    struct session s;
    if (session_door_find(q, &s))
        answer_tags(q, 200, &s);
}

static bool add_tag(struct request *q, struct session *s_r)
{
    struct refusal refusal = {0};
    return session_door_find(q, s_r) && answer_outcome(q, session_tag_add(q->db, &q->who, s_r, q->form[0].s, q->config->tags_free, &refusal), &refusal);
}

static bool remove_tag(struct request *q, struct session *s_r)
{
    struct refusal refusal = {0};
    return session_door_find(q, s_r) && answer_outcome(q, session_tag_remove(q->db, &q->who, s_r, q->form[0].s, &refusal), &refusal);
}

void desk_api_tag_add(struct request *q)
{
    struct session s;
    if (add_tag(q, &s))
        answer_tags(q, 200, &s);
}

void desk_api_tag_remove(struct request *q)
{
    struct session s;
    if (remove_tag(q, &s))
        answer_tags(q, 200, &s);
}

/* ---- block ---- */

static void answer_block(struct request *q, const struct session *s)
{
    struct block block;
    struct refusal refusal = {0};
    struct json_writer w;
    bool is_blocked;
    if (!answer_outcome(q, block_look(q->db, &q->who, s, clock_wall_ms(), &is_blocked, &block, &refusal), &refusal))
        return;
    answer_envelope(q, 200, &w);
    if (is_blocked) {
        jw_object_key(&w, "data");
        jw_time(&w, "until", block.expires_ms);
        jw_str(&w, "reason", block.reason);
        jw_str(&w, "byName", block.by_name[0] ? block.by_name : NULL);
        jw_time(&w, "cdate", block.cdate_ms);
        jw_object_end(&w);
    } else {
        jw_null(&w, "data");
    }
    answer_envelope_end(q, &w);
}

void desk_api_block(struct request *q)
{
    struct session s;
    if (session_door_find(q, &s))
        answer_block(q, &s);
}

/* The block first: a customer whose chat ends can't ask for the next one before it stands. */
static bool add_block(struct request *q, struct session *s_r)
{
    struct refusal refusal = {0};
    struct change change;
    bool is_fine;
    if (!session_door_find(q, s_r) ||
        !answer_outcome(q, block_add(q->db, &q->who, s_r, q->form[B_DAYS].i, q->form[B_REASON].s, &refusal), &refusal))
        return false;
    if (!q->form[B_END].i || s_r->status_id == STATUS_COMPLETED)
        return true;
    change_init(&change);
    is_fine = session_door_changed(q, session_end(q->db, &q->who, s_r->session_id, 0, &change, &refusal), &change, &refusal);
    if (is_fine)
        *s_r = change.session;
    change_clear(&change);
    return is_fine;
}

static bool remove_block(struct request *q, struct session *s_r)
{
    struct refusal refusal = {0};
    return session_door_find(q, s_r) && answer_outcome(q, block_remove(q->db, &q->who, s_r, &refusal), &refusal);
}

void desk_api_block_add(struct request *q)
{
    struct session s;
    if (add_block(q, &s))
        answer_block(q, &s);
}

void desk_api_block_remove(struct request *q)
{
    struct session s;
    if (remove_block(q, &s))
        answer_block(q, &s);
}

/* ---- forms ---- */

static void go_back(struct request *q, const struct session *s)
{
    answer_redirectf(q, s->status_id == STATUS_COMPLETED ? "/history/%s" : "/agent/chat/%s", s->session_id);
}

void desk_page_tag_add(struct request *q)
{
    struct session s;
    if (add_tag(q, &s))
        go_back(q, &s);
}

void desk_page_tag_remove(struct request *q)
{
    struct session s;
    if (remove_tag(q, &s))
        go_back(q, &s);
}

void desk_page_block_add(struct request *q)
{
    struct session s;
    if (add_block(q, &s))
        go_back(q, &s);
}

void desk_page_block_remove(struct request *q)
{
    struct session s;
    if (remove_block(q, &s))
        go_back(q, &s);
}

/* ---- on the pages ---- */

static struct json_object *texts(const struct tag *list, size_t n)
{
    struct json_object *all = json_object_new_array();
    for (size_t i = 0; i < n; i++)
        page_push(all, json_object_new_string(list[i].text));
    return all;
}

static bool put_tags(struct request *q, struct json_object *chat, const struct session *s)
{
    struct tag *list = NULL;
    struct refusal refusal = {0};
    size_t n = 0;
    if (!answer_outcome(q, session_tag_list(q->db, &q->who, s, &list, &n, &refusal), &refusal))
        return false;
    page_put(chat, "tags", texts(list, n));
    free(list);
    if (!answer_outcome(q, session_tag_offered(q->db, q->config->tags_free, &list, &n), NULL))
        return false;
    page_put(chat, "offeredTags", texts(list, n));
    free(list);
    return true;
}

static bool put_block(struct request *q, struct json_object *chat, const struct session *s)
{
    struct block block;
    struct refusal refusal = {0};
    struct json_object *o = NULL;
    bool is_blocked;
    if (!answer_outcome(q, block_look(q->db, &q->who, s, clock_wall_ms(), &is_blocked, &block, &refusal), &refusal))
        return false;
    if (is_blocked) {
        o = json_object_new_object();
        page_time(o, "until", block.expires_ms);
        page_str(o, "reason", block.reason);
        page_str(o, "by", block.by_name);
    }
    page_put(chat, "block", o);
    return true;
}

bool desk_page_put(struct request *q, struct json_object *chat, const struct session *s)
{
    bool can_tag = right_may(&q->who, RIGHT_TAG, s), can_block = right_may(&q->who, RIGHT_BLOCK, s);
    page_bool(chat, "canTag", can_tag);
    page_bool(chat, "canBlock", can_block);
    page_bool(chat, "isOpenChat", s->status_id == STATUS_ACTIVE || s->status_id == STATUS_DISCONNECTED);
    return (!can_tag || put_tags(q, chat, s)) && (!can_block || put_block(q, chat, s));
}
