/* admin_auto_page: see admin_auto_page.h. A form for each message; a refused one alone comes back as it was typed. */
#include "cgi/admin_auto_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/admin_frame.h"
#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "lib/chat/auto_message.h"

#define PATH "/admin/messages"

enum { M_KIND, M_ON, M_DELAY, M_TEXT, M_TEXT_EN };
const struct field admin_auto_body[] = {
    [M_KIND] = {"kind", FIELD_TEXT, false, 0, 0},
    [M_ON] = {"on", FIELD_BOOL, false, 0, 0},
    [M_DELAY] = {"delay", FIELD_TEXT, false, 0, 0},
    [M_TEXT] = {"text", FIELD_TEXT, false, 0, 0},
    [M_TEXT_EN] = {"textEn", FIELD_TEXT, false, 0, 0},
    {0},
};

/* unit_s: what `delay` counts; 0: it has none. The texts are a start, shown where nothing was ever saved. */
static const struct {
    const char *name, *title, *about, *delay_label;
    int unit_s, delay_s;
    const char *text[LANG_COUNT];
} kinds[AUTO_TOTAL] = {
    [AUTO_GREETING] = {"greeting", N_("Greeting"), N_("As soon as a customer has asked for a chat."), NULL, 0, 0,
                       {[LANG_KO] = "안녕하세요. 문의해 주셔서 감사합니다. 곧 상담사를 연결해 드릴게요.", [LANG_EN] = "Hello, and thank you for writing. An agent will be with you soon."}},
    [AUTO_NOBODY] = {"nobody", N_("Nobody yet"), N_("When a customer has waited this long."), N_("Seconds in the queue"), 1, 60,
                     {[LANG_KO] = "상담이 많아 연결이 늦어지고 있습니다. 조금만 더 기다려 주세요.", [LANG_EN] = "It takes longer than usual today. Please wait a little more."}},
    [AUTO_SILENT] = {"silent", N_("Silent customer"), N_("One minute before a chat is closed, because the customer has not answered the agent for this long."), N_("Minutes until it is closed"), 60, 600,
                     {[LANG_KO] = "한동안 말씀이 없으셔서 1분 뒤에 상담을 마칩니다. 계속하시려면 메시지를 보내 주세요.",
                      [LANG_EN] = "We have not heard from you for a while. The chat ends in a minute unless you write."}},
};

static int kind_from_text(const char *text)
{
    int i = 0;
    while (i < AUTO_TOTAL && strcmp(kinds[i].name, text) != 0)
        i++;
    return i;
}

static void put_wrong(const struct request *q, struct json_object *row, const char *key, const char *field, const struct refusal *r)
{
    page_str(row, key, r && r->field && strcmp(r->field, field) == 0 ? answer_text(q, r->message) : "");
}

static struct json_object *message_row(const struct request *q, int k, const struct auto_message *m, const struct refusal *r)
{
    struct json_object *row = json_object_new_object();
    bool is_typed = r != NULL, is_new = !m->text[LANG_KO][0] && !m->text[LANG_EN][0];
    char delay[24];
    page_str(row, "kind", kinds[k].name);
    page_str(row, "heading", answer_text(q, kinds[k].title));
    page_str(row, "about", answer_text(q, kinds[k].about));
    page_str(row, "delayLabel", kinds[k].delay_label ? answer_text(q, kinds[k].delay_label) : "");
    snprintf(delay, sizeof delay, "%d", kinds[k].unit_s ? (int)(is_new ? kinds[k].delay_s : m->delay_s) / kinds[k].unit_s : 0);
    page_str(row, "delay", is_typed ? q->form[M_DELAY].s : delay);
    page_bool(row, "isOn", is_typed ? q->form[M_ON].i : m->is_on);
    page_str(row, "text", is_typed ? q->form[M_TEXT].s : is_new ? kinds[k].text[LANG_KO] : m->text[LANG_KO]);
    page_str(row, "textEn", is_typed ? q->form[M_TEXT_EN].s : is_new ? kinds[k].text[LANG_EN] : m->text[LANG_EN]);
    put_wrong(q, row, "wrongDelay", "delay", r);
    put_wrong(q, row, "wrongText", "text", r);
    put_wrong(q, row, "wrongTextEn", "textEn", r);
    return row;
}

/* wrong_kind: whose form was refused; AUTO_TOTAL: none. */
static void send_page(struct request *q, int status, int wrong_kind, const struct refusal *refusal)
{
    struct auto_setting setting;
    struct json_object *data, *rows;
    if (!answer_outcome(q, auto_setting_load(q->db, &setting), NULL) || !admin_frame_begin(q, PATH, &data))
        return;
    rows = json_object_new_array();
    for (int k = 0; k < AUTO_TOTAL; k++)
        page_push(rows, message_row(q, k, &setting.of[k], k == wrong_kind ? refusal : NULL));
    page_put(data, "messages", rows);
    if (wrong_kind == AUTO_TOTAL && refusal)
        page_str(data, "error", answer_text(q, refusal->message));
    admin_frame_say_done(q, data, q->method == METHOD_GET && q->query[0].is_given);
    page_send(q, status, "admin_messages", data);
}

void admin_auto_page(struct request *q)
{
    send_page(q, 200, AUTO_TOTAL, NULL);
}

/* A whole number of units as seconds; -1: it isn't one. */
static int32_t read_delay(const char *text, int unit_s)
{
    int32_t n;
    if (*text == '\0')
        return unit_s ? -1 : 0;
    return admin_frame_number(text, &n) && n >= 0 && n <= 1000000 ? n * unit_s : -1;
}

/* A textarea's lines end in CR LF. */
static char *plain_lines(const char *text)
{
    char *out = malloc(strlen(text) + 1), *p = out;
    for (; out && *text; text++)
        if (text[0] != '\r' || text[1] != '\n')
            *p++ = *text;
    if (out)
        *p = '\0';
    return out;
}

void admin_auto_set(struct request *q)
{
    struct refusal refusal = {0};
    int kind = kind_from_text(q->form[M_KIND].s);
    char *ko = plain_lines(q->form[M_TEXT].s), *en = plain_lines(q->form[M_TEXT_EN].s);
    const char *const text[LANG_COUNT] = {[LANG_KO] = ko, [LANG_EN] = en};
    enum outcome outcome = ko && en ? OUTCOME_DONE : OUTCOME_AWAY;
    int32_t delay_s = 0;
    if (outcome == OUTCOME_DONE && kind == AUTO_TOTAL)
        outcome = refuse_field(&refusal, 422, CODE_INPUT, "There is no such choice.", "kind");
    if (outcome == OUTCOME_DONE && (delay_s = read_delay(q->form[M_DELAY].s, kinds[kind].unit_s)) < 0)
        outcome = refuse_field(&refusal, 422, CODE_INPUT, "This is not a whole number.", "delay");
    if (outcome == OUTCOME_DONE)
        outcome = auto_setting_set(q->db, q->who.member_id, (enum auto_kind)kind, q->form[M_ON].i, delay_s, text, &refusal);
    if (outcome == OUTCOME_DONE)
        admin_frame_done(q, PATH);
    else if (admin_frame_may_show(q, outcome, &refusal))
        send_page(q, refusal.status, kind, &refusal);
    free(ko);
    free(en);
}
