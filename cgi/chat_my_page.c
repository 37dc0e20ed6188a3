/* chat_my_page: earlier chats, help. See chat_page.h. */
#include <stdlib.h>

#include "cgi/answer.h"
#include "cgi/chat_page.h"
#include "cgi/page.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/entry.h"
#include "lib/chat/session.h"

#define MY_ROWS 20

enum { Q_CURSOR };
const struct field chat_page_my_query[] = {
    [Q_CURSOR] = {"cursor", FIELD_INT, false, 1, JSON_MAX_INT},
    {0},
};

/* ---- earlier chats ---- */

static struct json_object *my_row(struct request *q, const struct session *s)
{
    const enum lang lang = q->lang;
    struct json_object *row = json_object_new_object();
    struct buf url = BUF_INIT;
    char name[401];
    buf_printf(&url, "/chat/%s", s->session_id);
    page_str(row, "url", buf_str(&url));
    buf_free(&url);
    page_str(row, "title", s->title);
    code_name(s->category_id, lang, name, sizeof name);
    page_str(row, "categoryName", name);
    page_str(row, "adminName", s->admin_name);
    code_name(s->status_id, lang, name, sizeof name);
    page_str(row, "statusName", name);
    page_time(row, "cdate", s->cdate_ms);
    page_bool(row, "isOpen", s->status_id != STATUS_COMPLETED);
    page_bool(row, "canReopen", entry_may_reopen(q->config, s, clock_wall_ms()));
    return row;
}

void chat_page_my(struct request *q)
{
    const struct session_filter filter = {
        .kind = LIST_OF_MEMBER, .member_id = q->who.member_id, .from_ms = -1, .to_ms = -1, .cursor = q->query[Q_CURSOR].i, .limit = MY_ROWS};
    struct session *list = NULL;
    size_t n = 0;
    int64_t next = 0;
    bool has_open = false;
    if (!answer_outcome(q, session_list(q->db, &filter, &list, &n, &next, NULL), NULL))
        return;
    struct json_object *data = page_data(q), *chats = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        page_push(chats, my_row(q, &list[i]));
        has_open = has_open || list[i].status_id != STATUS_COMPLETED;
    }
    free(list);
    page_put(data, "chats", chats);
    page_bool(data, "hasOpen", has_open);
    if (next > 0) {
        struct buf url = BUF_INIT;
        buf_printf(&url, "/my?cursor=%lld", (long long)next);
        page_str(data, "nextUrl", buf_str(&url));
        buf_free(&url);
    }
    page_send(q, 200, "my", data);
}

void chat_page_help(struct request *q)
{
    page_send(q, 200, "help", page_data(q));
}
