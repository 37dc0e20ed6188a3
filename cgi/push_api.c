/* push_api: see push_api.h. */
#include "cgi/push_api.h"

#include <stdlib.h>

#include "cgi/answer.h"
#include "lib/chat/config.h"
#include "lib/chat/web_push.h"

enum { P_ENDPOINT, P_P256DH, P_AUTH, P_LINE };
const struct field push_api_body[] = {
    [P_ENDPOINT] = {"endpoint", FIELD_TEXT, true, 1, 1000},
    [P_P256DH] = {"p256dh", FIELD_TEXT, true, 1, 100},
    [P_AUTH] = {"auth", FIELD_TEXT, true, 1, 100},
    [P_LINE] = {"firstLine", FIELD_BOOL, false, 0, 0},
    {0},
};

void push_api_get(struct request *q)
{
    struct json_writer w;

    answer_envelope(q, 200, &w);
    jw_object_key(&w, "data");
    jw_str(&w, "publicKey", web_push_is_on(q->config) ? q->config->webpush_public : NULL);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
}

void push_api_post(struct request *q)
{
    const struct value *v = q->form;
    const struct push_draft draft = {.endpoint = v[P_ENDPOINT].s, .p256dh = v[P_P256DH].s, .auth = v[P_AUTH].s, .with_line = !v[P_LINE].is_given || v[P_LINE].i != 0,
                                     .lang = q->lang};
    struct refusal refusal = {0};
    struct json_writer w;
    int64_t id = 0;

    if (!answer_outcome(q, push_subscription_add(q->db, q->config, &q->who, &draft, &id, &refusal), &refusal))
        return;
    answer_envelope(q, 201, &w);
    jw_object_key(&w, "data");
    jw_int(&w, "pushSubscriptionId", id);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
}

void push_api_delete(struct request *q)
{
    char *end;
    long long id = q->arg[0][0] >= '1' && q->arg[0][0] <= '9' ? strtoll(q->arg[0], &end, 10) : 0;

    if (answer_outcome(q, push_subscription_remove(q->db, &q->who, id), NULL))
        answer_done(q);
}
