/* canned_api: see canned_api.h. */
#include "cgi/canned_api.h"

#include <stdlib.h>

#include "cgi/answer.h"
#include "lib/chat/canned_fill.h"
#include "lib/chat/code.h"
#include "lib/chat/session.h"

enum { Q_SESSION };
const struct field canned_api_query[] = {
    [Q_SESSION] = {"sessionId", FIELD_TEXT, false, 0, 40},
    {0},
};
const struct field canned_api_body[] = {
    [CANNED_SCOPE] = {"scope", FIELD_TEXT, true, 0, 20},
    [CANNED_CATEGORY_ID] = {"categoryId", FIELD_CODE, false, 0, 0},
    [CANNED_LANG] = {"lang", FIELD_TEXT, false, 0, 0},
    [CANNED_SHORTCUT] = {"shortcut", FIELD_TEXT, true, 0, 0},
    [CANNED_TITLE] = {"title", FIELD_TEXT, true, 0, 0},
    [CANNED_CONTENT] = {"content", FIELD_TEXT, true, 0, 0},
    {0},
};

int64_t canned_api_id(const struct request *q)
{
    char *end;
    long long id = q->arg[0][0] >= '1' && q->arg[0][0] <= '9' ? strtoll(q->arg[0], &end, 10) : 0;
    return id > 0 && id <= JSON_MAX_INT && !*end ? id : 0;
}

enum outcome canned_api_draft(struct request *q, struct canned_draft *draft_r, struct refusal *refusal_r)
{
    const struct value *v = q->form;
    struct code category = {0};
    *draft_r = (struct canned_draft){.lang = v[CANNED_LANG].s, .shortcut = v[CANNED_SHORTCUT].s, .title = v[CANNED_TITLE].s,
                                     .content = v[CANNED_CONTENT].s, .content_len = v[CANNED_CONTENT].len};
    if (!canned_scope_from_name(v[CANNED_SCOPE].s, &draft_r->scope))
        return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", "scope");
    if (draft_r->scope != CANNED_CATEGORY)
        return OUTCOME_DONE;
    if (!code_refresh(q->db))
        return OUTCOME_AWAY;
    if (!v[CANNED_CATEGORY_ID].is_given || !code_resolve(GROUP_CATEGORY, v[CANNED_CATEGORY_ID].s, &category))
        return refuse_field(refusal_r, 422, CODE_INPUT, "Choose one of the categories.", "categoryId");
    draft_r->category_id = category.code_id;
    return OUTCOME_DONE;
}

void canned_api_fill(struct request *q, const struct canned_reply *reply, const struct session *s, struct buf *out)
{
    char category[401];
    enum lang lang = reply->lang[0] ? (reply->lang[0] == 'e' ? LANG_EN : LANG_KO) : q->lang;
    code_name(s->category_id, lang, category, sizeof category);
    const struct canned_names names = {.customer = s->member_name, .agent = q->who.nickname, .category = category};
    canned_fill(reply->content, &names, out);
}

static void write_filled(struct request *q, struct json_writer *w, const struct canned_reply *reply, const struct session *s)
{
    struct buf text = BUF_INIT;
    if (s)
        canned_api_fill(q, reply, s, &text);
    canned_write_json(w, NULL, reply, &q->who, s ? buf_str(&text) : NULL);
    buf_free(&text);
}

void canned_api_list(struct request *q)
{
    const struct value *id = &q->query[Q_SESSION];
    struct session s;
    struct canned_reply *list = NULL;
    struct refusal refusal = {0};
    struct json_writer w;
    size_t n = 0;
    if (id->is_given && !answer_outcome(q, session_find(q->db, &q->who, id->s, &s, &refusal), &refusal))
        return;
    if (!answer_outcome(q, canned_list(q->db, &q->who, id->is_given ? s.category_id : 0, &list, &n, &refusal), &refusal))
        return;
    answer_envelope(q, 200, &w);
    jw_array_key(&w, "data");
    for (size_t i = 0; i < n; i++)
        write_filled(q, &w, &list[i], id->is_given ? &s : NULL);
    jw_array_end(&w);
    answer_envelope_end(q, &w);
    canned_free_list(&list, n);
}

static void answer_reply(struct request *q, int status, enum outcome outcome, struct canned_reply *reply, const struct refusal *refusal)
{
    if (answer_outcome(q, outcome, refusal)) {
        struct json_writer w;
        answer_envelope(q, status, &w);
        canned_write_json(&w, "data", reply, &q->who, NULL);
        answer_envelope_end(q, &w);
    }
    canned_clear(reply);
}

void canned_api_post(struct request *q)
{
    struct canned_draft draft;
    struct canned_reply reply = {0};
    struct refusal refusal = {0};
    enum outcome outcome = canned_api_draft(q, &draft, &refusal);
    if (outcome == OUTCOME_DONE)
        outcome = canned_add(q->db, &q->who, &draft, &reply, &refusal);
    answer_reply(q, 201, outcome, &reply, &refusal);
}

void canned_api_put(struct request *q)
{
    struct canned_draft draft;
    struct canned_reply reply = {0};
    struct refusal refusal = {0};
    enum outcome outcome = canned_api_draft(q, &draft, &refusal);
    if (outcome == OUTCOME_DONE)
        outcome = canned_change(q->db, &q->who, canned_api_id(q), &draft, &reply, &refusal);
    answer_reply(q, 200, outcome, &reply, &refusal);
}

void canned_api_delete(struct request *q)
{
    struct refusal refusal = {0};
    if (answer_outcome(q, canned_remove(q->db, &q->who, canned_api_id(q), &refusal), &refusal))
        answer_done(q);
}
