/* code_api: see code_api.h. */
#include "cgi/code_api.h"

#include <stdlib.h>

#include "cgi/answer.h"
#include "lib/chat/code.h"

static void answer_list(struct request *q, const char *group)
{
    struct code *list = NULL;
    struct json_writer w;
    size_t n = code_list(group, &list);
    answer_envelope(q, 200, &w);
    jw_array_key(&w, "data");
    for (size_t i = 0; i < n; i++) {
        jw_object(&w);
        jw_int(&w, "codeId", list[i].code_id);
        jw_str(&w, "code", list[i].code);
        jw_str(&w, "decode", list[i].name[q->lang]);
        if (list[i].pcode)
            jw_int(&w, "parentId", list[i].pcode);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    answer_envelope_end(q, &w);
    free(list);
}

void code_api_categories(struct request *q) { answer_list(q, GROUP_CATEGORY); }

void code_api_exit_reasons(struct request *q) { answer_list(q, GROUP_EXIT); }

void code_api_disconnect_reasons(struct request *q) { answer_list(q, GROUP_LEAVE); }

void code_api_message_types(struct request *q) { answer_list(q, GROUP_TYPE); }

void code_api_category(struct request *q)
{
    struct code code;
    struct json_writer w;
    if (!code_resolve(GROUP_CATEGORY, q->arg[0], &code)) {
        answer_refuse(q, 404, CODE_ABSENT, "There is no such category.", NULL);
        return;
    }
    answer_envelope(q, 200, &w);
    jw_object_key(&w, "data");
    jw_str(&w, "categoryName", code.name[q->lang]);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
}
