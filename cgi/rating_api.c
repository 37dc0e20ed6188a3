/* rating_api: see rating_api.h. */
#include "cgi/rating_api.h"

#include <string.h>

#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/session_door.h"
#include "lib/base/clock.h"

enum { R_SCORE, R_COMMENT };
const struct field rating_api_body[] = {
    [R_SCORE] = {"score", FIELD_INT, false, 0, INT32_MAX}, /* its range is rating_give()'s: 422, and a form without a star is no malformed request */
    [R_COMMENT] = {"comment", FIELD_TEXT, false, 0, 0},
    {0},
};

static const char *score_label(const struct request *q, int32_t score)
{
    switch (score) {
    case 1: return answer_text(q, "1 of 5, very bad");
    case 2: return answer_text(q, "2 of 5, bad");
    case 3: return answer_text(q, "3 of 5, fair");
    case 4: return answer_text(q, "4 of 5, good");
    default: return answer_text(q, "5 of 5, very good");
    }
}

static void answer_rating(struct request *q, const struct rating *rating)
{
    struct json_writer w;
    answer_envelope(q, 200, &w);
    rating_write_json(&w, "data", rating);
    answer_envelope_end(q, &w);
}

void rating_api_get(struct request *q)
{
    struct session s;
    struct rating rating;
    if (session_door_find(q, &s) && answer_outcome(q, rating_find(q->db, s.session_no, &rating), NULL))
        answer_rating(q, &rating);
}

void rating_api_post(struct request *q)
{
    struct rating rating;
    struct refusal refusal = {0};
    if (answer_outcome(q, rating_give(q->db, q->config, &q->who, q->arg[0], q->form[R_SCORE].i, q->form[R_COMMENT].s, q->form[R_COMMENT].len, &rating, &refusal), &refusal))
        answer_rating(q, &rating);
}

/* ---- pages ---- */

static void put_rated(struct request *q, struct json_object *data, const struct rating *rating)
{
    struct json_object *o = json_object_new_object(), *stars = json_object_new_array();
    for (int32_t i = 1; i <= 5; i++) {
        struct json_object *star = json_object_new_object();
        page_bool(star, "on", i <= rating->score);
        page_push(stars, star);
    }
    page_int(o, "score", rating->score);
    page_str(o, "label", score_label(q, rating->score));
    page_str(o, "comment", rating->comment);
    page_time(o, "time", rating->cdate_ms);
    page_put(o, "stars", stars);
    page_put(data, "rating", o);
}

bool rating_put(struct request *q, struct json_object *data, const struct session *s)
{
    struct rating rating;
    if (!answer_outcome(q, rating_find(q->db, s->session_no, &rating), NULL))
        return false;
    if (rating.score)
        put_rated(q, data, &rating);
    return true;
}

static bool is_about(const struct rating_tried *tried, const char *field)
{
    return tried && tried->refusal->field && strcmp(tried->refusal->field, field) == 0;
}

bool rating_put_form(struct request *q, struct json_object *data, const struct session *s, const struct rating_tried *tried)
{
    struct rating rating;
    if (!answer_outcome(q, rating_find(q->db, s->session_no, &rating), NULL))
        return false;
    if (rating.score)
        put_rated(q, data, &rating);
    if (!rating_is_open(q->config, s, clock_wall_ms()))
        return true;
    struct json_object *rate = json_object_new_object(), *scores = json_object_new_array();
    int64_t chosen = tried ? tried->score : rating.score;
    for (int32_t i = 1; i <= 5; i++) {
        struct json_object *row = json_object_new_object();
        page_int(row, "value", i);
        page_str(row, "label", score_label(q, i));
        page_bool(row, "checked", i == chosen);
        page_push(scores, row);
    }
    page_put(rate, "scores", scores);
    page_str(rate, "comment", tried && tried->comment ? tried->comment : rating.comment);
    page_bool(rate, "isOpen", tried || !rating.score);
    page_str(rate, "scoreError", is_about(tried, "score") ? answer_text(q, tried->refusal->message) : NULL);
    page_str(rate, "commentError", is_about(tried, "comment") ? answer_text(q, tried->refusal->message) : NULL);
    page_put(data, "rate", rate);
    return true;
}
