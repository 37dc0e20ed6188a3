/* entry_part: see entry_part.h. */
#include "cgi/entry_part.h"

#include "cgi/answer.h"
#include "cgi/page.h"
#include "lib/chat/entry.h"

bool entry_part_put(struct request *q, struct json_object *chat, const struct session *s)
{
    struct entry_look look;
    struct json_object *answers = json_object_new_array(), *consent = NULL, *site = NULL;
    if (!answer_outcome(q, entry_look_at(q->db, s->session_no, &look), NULL)) {
        json_object_put(answers);
        return false;
    }
    for (size_t i = 0; i < look.answer_count; i++) {
        struct json_object *row = json_object_new_object();
        page_str(row, "label", look.answers[i].label);
        page_str(row, "content", look.answers[i].content);
        page_push(answers, row);
    }
    page_put(chat, "answers", answers);
    if (look.consent_version) {
        consent = json_object_new_object();
        page_int(consent, "version", look.consent_version);
        page_time(consent, "time", look.consent_ms);
    }
    page_put(chat, "consent", consent);
    page_str(chat, "replyEmail", look.reply_email);
    if (look.site_id) {
        site = json_object_new_object();
        page_str(site, "name", look.site_name);
        page_str(site, "page", look.site_page);
    }
    page_put(chat, "site", site);
    return true;
}
