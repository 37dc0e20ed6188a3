/* stats_help: what each figure means, once for the pages, /stats/help and doc/stats.md (which says the same at greater length). */
#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/stats_html.h"

const struct stats_definition stats_definitions[] = {
    {"chats", N_("Chats"), "All chats that were requested in the period, open ones too. A chat belongs to the period of its request, also when it ends later."},
    {"missed", N_("Missed"), "Chats that are over and in which no agent ever wrote, without the abandoned ones."},
    {"abandoned", N_("Abandoned"), "Chats that ended before an agent accepted, because the customer cancelled or was away too long."},
    {"dropped", N_("Dropped"), "Chats that are over and whose last message is the customer's."},
    {"wait_s", N_("Waiting time"), "From the request to the first accept."},
    {"frt_s", N_("First answer"), "From the customer's first message to the first answer that an agent wrote after it. System messages do not count. It goes to the agent who answered."},
    {"art_s", N_("Mean answer time"), "The mean of a chat's gaps, each from the first unanswered message of the customer to the next message of an agent."},
    {"mrt_s", N_("Longest answer time"), "The longest of a chat's gaps."},
    {"handle_s", N_("Handling time"), "From the first accept to the end, without the time on hold."},
    {"dur_s", N_("Whole time"), "From the request to the end."},
    {"median, p90", N_("Median and 90 %"), "By nearest rank: half, or nine in ten, of the chats lie at or below this value. It is always the value of a real chat."},
    {"mean", N_("Mean"), "Rounded half up to a tenth of a second."},
    {"n", N_("n"), "How many chats have this figure. A chat has it as soon as both its ends are there, so open chats count where they can. Without any, the figure is empty."},
    {"concurrency", N_("Chats at once"), "By agent: the most chats that an agent had at one moment, and the mean over the time in which they had any. By the time at which it was, also of chats that were requested earlier."},
    {"online_s", N_("Online"), "By agent: how long their pages were connected."},
    {"away_s", N_("Away"), "By agent: how long they had set themselves to away, or were away from an open chat of theirs, from the notice that the connection was lost to their return."},
    {"agents_online", N_("Agents online"), "Agents and chiefs who are connected, used a page within the last two minutes, or are there in an open chat of theirs."},
    {"longest_wait_s", N_("Longest wait"), "How long the chat at the head of the queue has waited by now."},
    {"active", N_("Active"), "Open chats that an agent has, those with somebody away for a moment too."},
    {.name = NULL},
};

void stats_html_help(struct request *q)
{
    struct json_object *data = page_data(q), *list = json_object_new_array(), *o;

    for (const struct stats_definition *d = stats_definitions; d->name; d++) {
        o = json_object_new_object();
        page_str(o, "name", d->name);
        page_str(o, "term", answer_text(q, d->term));
        page_str(o, "text", answer_text(q, d->text));
        page_push(list, o);
    }
    page_put(data, "definitions", list);
    page_bool(data, "atStats", true);
    page_send(q, 200, "stats_help", data);
}
