/* note_api: see note_api.h. */
#include "cgi/note_api.h"

#include "cgi/answer.h"
#include "cgi/session_door.h"
#include "lib/chat/notify.h"

enum { N_CONTENT, N_CLIENT_ID };
const struct field note_api_body[] = {
    [N_CONTENT] = {"content", FIELD_TEXT, true, 0, 0},
    [N_CLIENT_ID] = {"clientNoteId", FIELD_TEXT, false, 0, 0},
    {0},
};
const struct field note_page_body[] = {
    [N_CONTENT] = {"note", FIELD_TEXT, true, 0, 0},
    [N_CLIENT_ID] = {"clientNoteId", FIELD_TEXT, false, 0, 0},
    {0},
};

void note_api_list(struct request *q)
{
    struct session s;
    struct note *notes = NULL;
    struct refusal refusal = {0};
    struct json_writer w;
    size_t n = 0;
    if (!session_door_find(q, &s) || !answer_outcome(q, note_list(q->db, &q->who, &s, &notes, &n, &refusal), &refusal))
        return;
    answer_envelope(q, 200, &w);
    jw_array_key(&w, "data");
    for (size_t i = 0; i < n; i++)
        note_write_json(&w, NULL, &notes[i]);
    jw_array_end(&w);
    answer_envelope_end(q, &w);
    note_free_list(&notes, n);
}

enum outcome note_api_add(struct request *q, struct note *note_r, struct refusal *refusal_r)
{
    const struct value *id = &q->form[N_CLIENT_ID];
    struct change change;
    enum outcome outcome = note_add(q->db, &q->who, q->arg[0], q->form[N_CONTENT].s, q->form[N_CONTENT].len, id->is_given && id->len > 0 ? id->s : NULL, note_r,
                                    &change, refusal_r);
    if (outcome == OUTCOME_DONE)
        notify_change(&change);
    change_clear(&change);
    return outcome;
}

void note_api_post(struct request *q)
{
    struct note note;
    struct refusal refusal = {0};
    enum outcome outcome = note_api_add(q, &note, &refusal);
    if (answer_outcome(q, outcome, &refusal)) {
        struct json_writer w;
        answer_envelope(q, outcome == OUTCOME_DONE ? 201 : 200, &w);
        note_write_json(&w, "data", &note);
        answer_envelope_end(q, &w);
    }
    note_clear(&note);
}
