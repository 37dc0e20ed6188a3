/* chat.fcgi: the customers' side, REST under /api/chat and their pages. A route with sessions/{id} serves both participants. */
#include "cgi/chat_page.h"
#include "cgi/code_api.h"
#include "cgi/frame_page.h"
#include "cgi/message_api.h"
#include "cgi/program.h"
#include "cgi/rating_api.h"
#include "cgi/revise_api.h"
#include "cgi/route.h"
#include "cgi/session_api.h"
#include "cgi/transcript_page.h"

static const struct route routes[] = {
    {METHOD_GET, "/api/chat/categories", code_api_categories, ROLE_NONE, 0, NULL, NULL},
    {METHOD_GET, "/api/chat/category/{code}", code_api_category, ROLE_NONE, 0, NULL, NULL},
    {METHOD_GET, "/api/chat/exit-reasons", code_api_exit_reasons, ROLE_NONE, 0, NULL, NULL},
    {METHOD_GET, "/api/chat/message-types", code_api_message_types, ROLE_NONE, 0, NULL, NULL},
    {METHOD_POST, "/api/chat/session", session_api_request, ROLE_GUEST, 0, NULL, session_api_request_body},
    {METHOD_POST, "/api/chat/session/popup", session_api_popup, ROLE_GUEST, 0, NULL, session_api_popup_body},
    {METHOD_GET, "/api/chat/sessions/resumable", session_api_resumable, ROLE_GUEST, 0, NULL, NULL},
    {METHOD_GET, "/api/chat/sessions/{id}", session_api_get, ROLE_GUEST, 0, NULL, NULL},
    {METHOD_GET, "/api/chat/sessions/{id}/messages", message_api_list, ROLE_GUEST, 0, message_api_query, NULL},
    {METHOD_POST, "/api/chat/sessions/{id}/messages", message_api_post, ROLE_GUEST, ROUTE_LATE, NULL, message_api_body},
    {METHOD_PUT, "/api/chat/sessions/{id}/messages/{seq}", revise_api_edit, ROLE_GUEST, 0, NULL, revise_api_body},
    {METHOD_DELETE, "/api/chat/sessions/{id}/messages/{seq}", revise_api_delete, ROLE_GUEST, 0, NULL, NULL},
    {METHOD_POST, "/api/chat/sessions/{id}/read", message_api_read, ROLE_GUEST, 0, NULL, message_api_read_body},
    {METHOD_POST, "/api/chat/sessions/{id}/presence", session_api_presence, ROLE_GUEST, 0, NULL, session_api_presence_body},
    {METHOD_POST, "/api/chat/sessions/{id}/disconnect", session_api_disconnect, ROLE_GUEST, 0, NULL, session_api_disconnect_body},
    {METHOD_POST, "/api/chat/sessions/{id}/reconnect", session_api_present, ROLE_GUEST, 0, NULL, NULL},
    {METHOD_POST, "/api/chat/sessions/{id}/last-seen", session_api_present, ROLE_GUEST, 0, NULL, NULL},
    {METHOD_POST, "/api/chat/sessions/{id}/end", session_api_end, ROLE_GUEST, 0, NULL, session_api_end_body},
    {METHOD_POST, "/api/chat/sessions/{id}/end-with-reason", session_api_end, ROLE_GUEST, 0, NULL, session_api_end_body},
    {METHOD_POST, "/api/chat/sessions/{id}/reopen", session_api_reopen, ROLE_GUEST, 0, NULL, NULL},
    {METHOD_GET, "/api/chat/sessions/{id}/rating", rating_api_get, ROLE_GUEST, 0, NULL, NULL},
    {METHOD_POST, "/api/chat/sessions/{id}/rating", rating_api_post, ROLE_GUEST, 0, NULL, rating_api_body},
    {METHOD_GET, "/api/chat/sites/{key}", frame_api_site, ROLE_NONE, ROUTE_ANY_ORIGIN, NULL, NULL},
    {METHOD_GET, "/frame/{key}", frame_page_shell, ROLE_NONE, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/brand.css", frame_page_brand, ROLE_NONE, 0, NULL, NULL},
    {METHOD_GET, "/", chat_page_start, ROLE_NONE, ROUTE_PAGE, chat_page_start_query, NULL},
    {METHOD_POST, "/", chat_page_request, ROLE_NONE, ROUTE_PAGE, NULL, chat_page_request_body},
    {METHOD_GET, "/my", chat_page_my, ROLE_GUEST, ROUTE_PAGE, chat_page_my_query, NULL},
    {METHOD_GET, "/help", chat_page_help, ROLE_NONE, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/chat/transcript", transcript_page_link, ROLE_NONE, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/chat/transcript", transcript_page_open, ROLE_NONE, ROUTE_PAGE | ROUTE_ORIGIN_ONLY, NULL, transcript_page_link_body},
    {METHOD_GET, "/chat/{id}", chat_page_thread, ROLE_GUEST, ROUTE_PAGE, thread_page_query, NULL},
    {METHOD_POST, "/chat/{id}/send", chat_page_send, ROLE_GUEST, ROUTE_PAGE, NULL, thread_page_send_body},
    {METHOD_POST, "/chat/{id}/refresh", chat_page_refresh, ROLE_GUEST, ROUTE_PAGE, NULL, thread_page_send_body},
    {METHOD_GET, "/chat/{id}/messages/{seq}", chat_page_message, ROLE_GUEST, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/chat/{id}/messages/{seq}", chat_page_message_edit, ROLE_GUEST, ROUTE_PAGE, NULL, revise_api_body},
    {METHOD_POST, "/chat/{id}/messages/{seq}/delete", chat_page_message_delete, ROLE_GUEST, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/chat/{id}/end", chat_page_end_form, ROLE_GUEST, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/chat/{id}/end", chat_page_end, ROLE_GUEST, ROUTE_PAGE, NULL, thread_page_end_body},
    {METHOD_POST, "/chat/{id}/reopen", chat_page_reopen, ROLE_GUEST, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/chat/{id}/rating", chat_page_rate, ROLE_GUEST, ROUTE_PAGE, NULL, rating_api_body},
    {METHOD_GET, "/chat/{id}/transcript.txt", chat_page_transcript_text, ROLE_GUEST, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/chat/{id}/transcript.html", chat_page_transcript, ROLE_GUEST, ROUTE_PAGE, transcript_page_query, NULL},
    {METHOD_POST, "/chat/{id}/transcript", chat_page_transcript_mail, ROLE_GUEST, ROUTE_PAGE, NULL, transcript_page_mail_body},
    {METHOD_POST, "/chat/{id}/cancel", chat_page_cancel, ROLE_GUEST, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/chat/{id}/transfer", chat_page_transfer_form, ROLE_GUEST, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/chat/{id}/transfer", chat_page_transfer, ROLE_GUEST, ROUTE_PAGE, NULL, NULL},
    {0},
};

int main(int argc, char **argv)
{
    static const struct program program = {.name = "chat", .routes = routes};
    return program_main(&program, argc, argv);
}
