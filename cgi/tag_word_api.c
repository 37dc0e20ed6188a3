/* tag_word_api: see tag_word_api.h. */
#include "cgi/tag_word_api.h"

#include <stdlib.h>

#include "cgi/admin_frame.h"
#include "cgi/answer.h"
#include "lib/base/json.h"
#include "lib/chat/tag_word.h"

enum { B_TAG, B_RETIRED };
const struct field tag_word_change_body[] = {
    [B_TAG] = {"tag", FIELD_TEXT, false, 0, 0},
    [B_RETIRED] = {"isRetired", FIELD_BOOL, false, 0, 0},
    {0},
};

/* {tagId, tag, isRetired} */
static void write_word(struct json_writer *w, const char *key, const struct tag_word *word)
{
    if (key)
        jw_object_key(w, key);
    else
        jw_object(w);
    jw_int(w, "tagId", word->tag_no);
    jw_str(w, "tag", word->tag.text);
    jw_bool(w, "isRetired", word->is_retired);
    jw_object_end(w);
}

static void answer_word(struct request *q, int status, enum outcome outcome, const struct tag_word *word, const struct refusal *refusal)
{
    struct json_writer w;
    if (!answer_outcome(q, outcome, refusal))
        return;
    answer_envelope(q, status, &w);
    write_word(&w, "data", word);
    answer_envelope_end(q, &w);
}

void tag_word_api_list(struct request *q)
{
    struct tag_word *list = NULL;
    struct json_writer w;
    size_t n = 0;
    if (!answer_outcome(q, tag_word_list(q->db, &list, &n), NULL))
        return;
    answer_envelope(q, 200, &w);
    jw_array_key(&w, "data");
    for (size_t i = 0; i < n; i++)
        write_word(&w, NULL, &list[i]);
    jw_array_end(&w);
    answer_envelope_end(q, &w);
    free(list);
}

void tag_word_api_post(struct request *q)
{
    struct refusal refusal = {0};
    struct tag_word word;
    answer_word(q, 201, tag_word_add(q->db, &q->who, q->form[B_TAG].s, &word, &refusal), &word, &refusal);
}

void tag_word_api_put(struct request *q)
{
    struct refusal refusal = {0};
    struct tag_word word;
    const bool is_retired = q->form[B_RETIRED].i != 0;
    enum outcome outcome = tag_word_change(q->db, &q->who, admin_frame_id(q), q->form[B_TAG].is_given ? q->form[B_TAG].s : NULL,
                                           q->form[B_RETIRED].is_given ? &is_retired : NULL, &word, &refusal);
    answer_word(q, 200, outcome, &word, &refusal);
}
