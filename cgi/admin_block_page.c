/* admin_block_page: see admin_block_page.h. */
#include "cgi/admin_block_page.h"

#include <stdlib.h>

#include "cgi/admin_frame.h"
#include "cgi/answer.h"
#include "cgi/page.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/chat/block.h"

#define PATH "/admin/blocks"
#define ROWS_SHOWN 50

enum { Q_DONE, Q_CURSOR };
const struct field admin_block_query[] = {
    [Q_DONE] = {"done", FIELD_TEXT, false, 0, 1},
    [Q_CURSOR] = {"cursor", FIELD_INT, false, 1, JSON_MAX_INT},
    {0},
};

static struct json_object *block_data(const struct block_row *b)
{
    struct json_object *row = json_object_new_object();
    page_int(row, "memberId", b->member_id);
    page_str(row, "name", b->member_name);
    page_str(row, "email", b->member_email);
    page_str(row, "by", b->block.by_name);
    page_str(row, "reason", b->block.reason);
    page_time(row, "since", b->block.cdate_ms);
    if (b->block.expires_ms >= 0)
        page_time(row, "until", b->block.expires_ms);
    else
        page_put(row, "until", NULL);
    return row;
}

void admin_block_list(struct request *q)
{
    struct block_row *list = NULL;
    size_t n = 0;
    int64_t next = 0;
    struct json_object *data, *rows;
    if (!answer_outcome(q, block_list(q->db, clock_wall_ms(), q->query[Q_CURSOR].i, ROWS_SHOWN, &list, &n, &next), NULL))
        return;
    if (admin_frame_begin(q, PATH, &data)) {
        rows = json_object_new_array();
        for (size_t i = 0; i < n; i++)
            page_push(rows, block_data(&list[i]));
        page_put(data, "blocks", rows);
        page_bool(data, "hasBlocks", n > 0);
        admin_frame_put_pages(q, data, PATH, next, !q->query[Q_CURSOR].is_given);
        admin_frame_say_done(q, data, q->query[Q_DONE].is_given);
        page_send(q, 200, "admin_blocks", data);
    }
    free(list);
}

void admin_block_lift(struct request *q)
{
    struct refusal refusal = {0};
    if (answer_outcome(q, block_lift(q->db, &q->who, admin_frame_id(q), &refusal), &refusal))
        admin_frame_done(q, PATH);
}
