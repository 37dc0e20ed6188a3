/* system_text: see system_text.h. The msgids stand in templates/texts.html too, from where po/extract collects them. */
#include "cgi/system_text.h"

#include <string.h>

#include "cgi/page.h"
#include "cgi/template.h"

static const char *member(struct json_object *args, const char *key)
{
    struct json_object *v;
    if (!json_object_is_type(args, json_type_object) || !json_object_object_get_ex(args, key, &v) ||
        !json_object_is_type(v, json_type_string) || json_object_get_string_len(v) == 0)
        return NULL;
    return json_object_get_string(v);
}

static const char *msgid_of(enum message_kind kind, struct json_object *args, enum lang lang)
{
    const char *by = member(args, "by");
    bool agent = by && by[0] == 'A';
    bool has_name = member(args, "name") != NULL, has_reason = member(args, lang_tag(lang)) != NULL;
    switch (kind) {
    case KIND_START:
        return has_name ? "The chat has begun. Agent: {name}" : NULL;
    case KIND_END:
        return has_reason ? "The chat has ended. ({reason})" : "The chat has ended.";
    case KIND_JOIN:
        return has_name ? "{name} joined the chat." : NULL;
    case KIND_LEAVE:
        return has_name ? "{name} left the chat." : NULL;
    case KIND_AWAY:
        if (!by)
            return NULL;
        if (agent)
            return "The agent's connection was lost.";
        return has_reason ? "The customer is away for now. (Reason: {reason})" : "The customer is away for now.";
    case KIND_BACK:
        if (!by)
            return NULL;
        return agent ? "The agent is back." : "The customer is back.";
    case KIND_TRANSFER:
        return "The agent will change.";
    case KIND_CANCEL:
        return "The customer cancelled the request.";
    default:
        return NULL;
    }
}

void system_text(struct buf *out, enum lang lang, enum message_kind kind, struct json_object *args, const char *stored)
{
    const char *msgid = msgid_of(kind, args, lang), *own = kind == KIND_TEXT ? member(args, lang_tag(lang)) : NULL;
    if (!msgid) { /* what the site says by itself (auto_message.h) has its text in both languages */
        buf_add_str(out, own ? own : stored ? stored : "");
        return;
    }
    /* a code's name comes under its language; the texts call it {reason} */
    struct json_object *filled = json_object_new_object();
    static const char *const keys[] = {"name", "reason"};
    const char *values[] = {member(args, "name"), member(args, lang_tag(lang))};
    for (size_t i = 0; i < 2; i++)
        page_str(filled, keys[i], values[i]);
    template_fill(out, catalog_text(lang, msgid), filled);
    json_object_put(filled);
}
