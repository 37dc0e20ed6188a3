/* admin_tag_page: see admin_tag_page.h. */
#include "cgi/admin_tag_page.h"

#include <stdlib.h>

#include "cgi/admin_frame.h"
#include "cgi/answer.h"
#include "cgi/page.h"
#include "lib/base/buf.h"
#include "lib/chat/config.h"
#include "lib/chat/tag_word.h"

#define PATH "/admin/tags"

const struct field admin_tag_retire_body[] = {
    {"retired", FIELD_BOOL, true, 0, 0},
    {0},
};

static struct json_object *word_data(const struct tag_word *word, int64_t wrong_no)
{
    struct json_object *row = json_object_new_object();
    struct buf url = BUF_INIT;
    buf_printf(&url, PATH "/%lld", (long long)word->tag_no);
    page_str(row, "url", buf_str(&url));
    buf_free(&url);
    page_int(row, "tagId", word->tag_no);
    page_str(row, "tag", word->tag.text);
    page_bool(row, "isRetired", word->is_retired);
    page_bool(row, "isWrong", word->tag_no == wrong_no);
    return row;
}

/* wrong_no: whose new name was refused; 0: the tag that was to be added, if anything. */
static void send_list(struct request *q, int status, int64_t wrong_no, const struct refusal *refusal)
{
    struct tag_word *list = NULL;
    size_t n = 0;
    struct json_object *data, *rows;
    if (!answer_outcome(q, tag_word_list(q->db, &list, &n), NULL))
        return;
    if (admin_frame_begin(q, PATH, &data)) {
        rows = json_object_new_array();
        for (size_t i = 0; i < n; i++)
            page_push(rows, word_data(&list[i], wrong_no));
        page_put(data, "words", rows);
        page_bool(data, "hasWords", n > 0);
        page_bool(data, "isFree", q->config->tags_free);
        if (refusal && wrong_no) {
            page_str(data, "error", answer_text(q, refusal->message));
        } else {
            page_put(data, "form", admin_frame_typed(q));
            admin_frame_put_errors(q, data, refusal);
        }
        admin_frame_say_done(q, data, q->method == METHOD_GET && q->query[0].is_given);
        page_send(q, status, "admin_tags", data);
    }
    free(list);
}

void admin_tag_list(struct request *q)
{
    send_list(q, 200, 0, NULL);
}

static void finish(struct request *q, enum outcome outcome, int64_t tag_no, const struct refusal *refusal)
{
    if (outcome == OUTCOME_DONE)
        admin_frame_done(q, PATH);
    else if (admin_frame_may_show(q, outcome, refusal))
        send_list(q, refusal->status, tag_no, refusal);
}

void admin_tag_add(struct request *q)
{
    struct refusal refusal = {0};
    struct tag_word word;
    finish(q, tag_word_add(q->db, &q->who, q->form[0].s, &word, &refusal), 0, &refusal);
}

void admin_tag_rename(struct request *q)
{
    struct refusal refusal = {0};
    struct tag_word word;
    int64_t tag_no = admin_frame_id(q);
    finish(q, tag_word_change(q->db, &q->who, tag_no, q->form[0].s, NULL, &word, &refusal), tag_no, &refusal);
}

void admin_tag_retire(struct request *q)
{
    struct refusal refusal = {0};
    struct tag_word word;
    int64_t tag_no = admin_frame_id(q);
    const bool is_retired = q->form[0].i != 0;
    finish(q, tag_word_change(q->db, &q->who, tag_no, NULL, &is_retired, &word, &refusal), tag_no, &refusal);
}
