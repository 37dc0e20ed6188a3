/* frame_page: see frame_page.h. */
#include "cgi/frame_page.h"

#include "cgi/answer.h"
#include "cgi/frame.h"
#include "cgi/page.h"

/* data {siteKey, name, color, position: "left"|"right", greeting {ko, en}} */
static void answer_site(struct request *q, const struct site *s)
{
    struct json_writer w;
    answer_envelope(q, 200, &w);
    jw_object_key(&w, "data");
    jw_str(&w, "siteKey", s->key);
    jw_str(&w, "name", s->name);
    jw_str(&w, "color", s->color);
    jw_str(&w, "position", s->is_left ? "left" : "right");
    jw_object_key(&w, "greeting");
    jw_str(&w, "ko", s->greeting[LANG_KO]);
    jw_str(&w, "en", s->greeting[LANG_EN]);
    jw_object_end(&w);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
}

/* A foreign page is told no more than that the site is not its own. */
void frame_api_site(struct request *q)
{
    struct site s;
    struct refusal refusal = {0};
    enum outcome outcome = site_find(q->db, q->arg[0], &s, &refusal);
    if (outcome == OUTCOME_DONE && !s.is_active)
        outcome = refuse(&refusal, 404, CODE_ABSENT, "There is no such site.");
    if (outcome == OUTCOME_DONE && q->origin && !site_allows(&s, q->origin))
        outcome = refuse(&refusal, 403, CODE_RIGHT, "Requests from this origin are not allowed.");
    if (answer_outcome(q, outcome, &refusal)) {
        answer_site(q, &s);
        if (q->origin)
            answer_header(q, "Access-Control-Allow-Origin", "%s", q->origin);
    }
    answer_header(q, "Vary", "Origin");
}

void frame_page_shell(struct request *q)
{
    if (!frame_enter_shell(q, q->arg[0]))
        return;
    struct json_object *data = page_data(q);
    page_str(data, "origins", q->frame->site.origins);
    page_bool(data, "isShell", true);
    page_str(data, "prefix", q->frame_prefix);
    page_send(q, 200, "frame", data);
}

void frame_page_brand(struct request *q)
{
    if (!q->frame) {
        answer_refuse(q, 404, CODE_ABSENT, "There is nothing at this address.", NULL);
        return;
    }
    answer_type(q, "text/css; charset=utf-8");
    answer_header(q, "Cache-Control", "no-cache");
    buf_printf(answer_body(q), ":root { --brand: %s }\n", q->frame->site.color);
}
