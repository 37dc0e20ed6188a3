/* transcript_text: see transcript_text.h. */
#include "cgi/transcript_text.h"

#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "cgi/system_text.h"
#include "cgi/template_format.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"

static void add_number(struct buf *out, enum value_format format, int64_t number, enum lang lang)
{
    struct json_object *v = json_object_new_int64(number);
    if (!v) /* a line without its time would look whole */
        out->failed = true;
    value_format_write(out, format, v, lang);
    json_object_put(v);
}

static void add_day_and_clock(struct buf *out, int64_t ms, enum lang lang)
{
    add_number(out, FORMAT_DAY, ms, lang);
    buf_add_char(out, ' ');
    add_number(out, FORMAT_CLOCK, ms, lang);
}

static void add_fact(struct buf *out, const char *name, const char *value)
{
    if (value[0])
        buf_printf(out, "%s: %s\n", name, value);
}

static void add_time_fact(struct buf *out, const char *name, int64_t ms, enum lang lang)
{
    if (ms < 0)
        return;
    buf_printf(out, "%s: ", name);
    add_day_and_clock(out, ms, lang);
    buf_add_char(out, '\n');
}

void transcript_text_head(struct buf *out, const struct config *config, enum lang lang, const struct session *s)
{
    char topic[401];
    code_name(s->category_id, lang, topic, sizeof topic);
    buf_printf(out, "%s - %s\n\n", config->site_name, catalog_text(lang, "Conversation"));
    add_fact(out, catalog_text(lang, "Topic"), topic);
    add_fact(out, catalog_text(lang, "Question"), s->title);
    add_fact(out, catalog_text(lang, "Customer"), s->member_name);
    add_fact(out, catalog_text(lang, "Agent"), s->admin_name);
    add_time_fact(out, catalog_text(lang, "Received"), s->cdate_ms, lang);
    add_time_fact(out, catalog_text(lang, "Ended"), s->end_ms, lang);
    add_fact(out, catalog_text(lang, "Number"), s->session_id);
    add_fact(out, catalog_text(lang, "Times are those of"), config->timezone);
}

static bool is_new_day(int64_t before_ms, int64_t ms)
{
    time_t a = (time_t)(before_ms / 1000), b = (time_t)(ms / 1000);
    struct tm x = {0}, y = {0};
    if (before_ms < 0)
        return true;
    localtime_r(&a, &x);
    localtime_r(&b, &y);
    return x.tm_yday != y.tm_yday || x.tm_year != y.tm_year;
}

/* Each line of s on a line of its own, four spaces in. */
static void add_indented(struct buf *out, const char *s)
{
    for (;;) {
        size_t n = strcspn(s, "\n");
        buf_add_str(out, "    ");
        buf_add(out, s, n);
        buf_add_char(out, '\n');
        if (!s[n])
            return;
        s += n + 1;
    }
}

static void add_system_row(struct buf *out, enum lang lang, const struct message *m)
{
    struct json_object *args = m->args ? json_tokener_parse(m->args) : NULL;
    buf_add_str(out, " - ");
    system_text(out, lang, m->kind, args, m->content);
    buf_add_char(out, '\n');
    json_object_put(args);
}

static void add_file(struct buf *out, enum lang lang, const struct attachment_info *file)
{
    buf_printf(out, "    [%s] %s, ", catalog_text(lang, "File"), file->name);
    add_number(out, FORMAT_SIZE, file->size, lang);
    buf_add_char(out, '\n');
}

static void add_message(struct buf *out, enum lang lang, const struct message *m)
{
    buf_printf(out, " %s%s%s%s\n", m->sender_name, m->revision == REVISION_EDITED ? " (" : "", m->revision == REVISION_EDITED ? catalog_text(lang, "Edited") : "",
               m->revision == REVISION_EDITED ? ")" : "");
    if (m->revision == REVISION_REDACTED) {
        buf_printf(out, "    (%s)\n", catalog_text(lang, "This message was removed."));
        return;
    }
    if (m->file)
        add_file(out, lang, m->file);
    /* a file sent without words carries its name as content */
    if (m->content && m->content[0] && !(m->file && strcmp(m->content, m->file->name) == 0))
        add_indented(out, m->content);
}

void transcript_text_rows(struct buf *out, enum lang lang, const struct message *rows, size_t n, int64_t *last_ms)
{
    for (size_t i = 0; i < n; i++) {
        const struct message *m = &rows[i];
        if (m->kind == KIND_EDIT || m->kind == KIND_REDACT) /* the rows that they mean read so already */
            continue;
        if (is_new_day(*last_ms, m->cdate_ms)) {
            buf_add_char(out, '\n');
            add_number(out, FORMAT_DAY, m->cdate_ms, lang);
            buf_add_str(out, "\n\n");
        }
        *last_ms = m->cdate_ms;
        buf_add_char(out, '[');
        add_number(out, FORMAT_CLOCK, m->cdate_ms, lang);
        buf_add_char(out, ']');
        if (m->sender_type == 'S')
            add_system_row(out, lang, m);
        else
            add_message(out, lang, m);
    }
}
