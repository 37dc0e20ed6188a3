/* agent.fcgi: the agents' side, REST under /api/admin/chat, the console, the history, and what supervisors and admins set. */
#include "cgi/admin_audit_page.h"
#include "cgi/admin_auto_page.h"
#include "cgi/admin_block_page.h"
#include "cgi/admin_category_page.h"
#include "cgi/admin_entry_page.h"
#include "cgi/admin_frame.h"
#include "cgi/admin_routing.h"
#include "cgi/admin_site_page.h"
#include "cgi/admin_tag_page.h"
#include "cgi/admin_member_page.h"
#include "cgi/agent_api.h"
#include "cgi/agent_page.h"
#include "cgi/canned_api.h"
#include "cgi/canned_page.h"
#include "cgi/push_api.h"
#include "cgi/board_page.h"
#include "cgi/code_api.h"
#include "cgi/history_export.h"
#include "cgi/desk_page.h"
#include "cgi/desk_api.h"
#include "cgi/history_page.h"
#include "cgi/message_api.h"
#include "cgi/note_api.h"
#include "cgi/offer_api.h"
#include "cgi/offer_page.h"
#include "cgi/program.h"
#include "cgi/revise_api.h"
#include "cgi/route.h"
#include "cgi/routing_api.h"
#include "cgi/session_api.h"
#include "cgi/tag_word_api.h"
#include "cgi/transcript_page.h"

static const struct route routes[] = {
    {METHOD_GET, "/api/admin/chat/sessions/waiting", agent_api_waiting, ROLE_AGENT, 0, agent_api_list_query, NULL},
    {METHOD_GET, "/api/admin/chat/sessions/active", agent_api_active, ROLE_AGENT, 0, agent_api_list_query, NULL},
    {METHOD_GET, "/api/admin/chat/sessions/completed", agent_api_completed, ROLE_AGENT, 0, agent_api_list_query, NULL},
    {METHOD_GET, "/api/admin/chat/sessions/history", agent_api_history, ROLE_AGENT, 0, agent_api_history_query, NULL},
    {METHOD_POST, "/api/admin/chat/sessions/message-counts", agent_api_message_counts, ROLE_AGENT, 0, NULL, agent_api_counts_body},
    {METHOD_GET, "/api/admin/chat/sessions/{id}", session_api_get, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_GET, "/api/admin/chat/sessions/{id}/messages", message_api_list, ROLE_AGENT, 0, message_api_query, NULL},
    {METHOD_GET, "/api/admin/chat/sessions/{id}/message-count", agent_api_message_count, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_PUT, "/api/admin/chat/sessions/{id}/status", agent_api_put_status, ROLE_AGENT, 0, NULL, agent_api_status_body},
    {METHOD_POST, "/api/admin/chat/sessions/{id}/accept", agent_api_accept, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/sessions/{id}/take-over", agent_api_take_over, ROLE_SUPERVISOR, 0, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/sessions/{id}/transfer", offer_api_transfer, ROLE_AGENT, 0, NULL, offer_api_body},
    {METHOD_DELETE, "/api/admin/chat/sessions/{id}/transfer", offer_api_withdraw, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_GET, "/api/admin/chat/sessions/{id}/transfer/targets", offer_api_targets, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/sessions/{id}/transfer/accept", offer_api_accept, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/sessions/{id}/transfer/refuse", offer_api_refuse, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/sessions/{id}/hold", offer_api_hold, ROLE_AGENT, 0, NULL, offer_api_hold_body},
    {METHOD_POST, "/api/admin/chat/sessions/{id}/resume", offer_api_resume, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_GET, "/api/admin/chat/sessions/{id}/tags", desk_api_tags, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/sessions/{id}/tags", desk_api_tag_add, ROLE_AGENT, 0, NULL, desk_tag_body},
    {METHOD_DELETE, "/api/admin/chat/sessions/{id}/tags", desk_api_tag_remove, ROLE_AGENT, 0, NULL, desk_tag_body},
    {METHOD_GET, "/api/admin/chat/sessions/{id}/block", desk_api_block, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/sessions/{id}/block", desk_api_block_add, ROLE_AGENT, 0, NULL, desk_block_body},
    {METHOD_DELETE, "/api/admin/chat/sessions/{id}/block", desk_api_block_remove, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_GET, "/api/admin/chat/tags", tag_word_api_list, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/tags", tag_word_api_post, ROLE_SUPERVISOR, 0, NULL, desk_tag_body},
    {METHOD_PUT, "/api/admin/chat/tags/{word}", tag_word_api_put, ROLE_SUPERVISOR, 0, NULL, tag_word_change_body},
    {METHOD_GET, "/api/admin/chat/transfers", offer_api_list, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/sessions/{id}/end", session_api_end, ROLE_AGENT, 0, NULL, session_api_end_body},
    {METHOD_GET, "/api/admin/chat/sessions/{id}/notes", note_api_list, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/sessions/{id}/notes", note_api_post, ROLE_AGENT, 0, NULL, note_api_body},
    {METHOD_GET, "/api/admin/chat/canned-replies", canned_api_list, ROLE_AGENT, 0, canned_api_query, NULL},
    {METHOD_POST, "/api/admin/chat/canned-replies", canned_api_post, ROLE_AGENT, 0, NULL, canned_api_body},
    {METHOD_PUT, "/api/admin/chat/canned-replies/{reply}", canned_api_put, ROLE_AGENT, 0, NULL, canned_api_body},
    {METHOD_GET, "/api/admin/chat/push-subscriptions", push_api_get, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/push-subscriptions", push_api_post, ROLE_AGENT, 0, NULL, push_api_body},
    {METHOD_DELETE, "/api/admin/chat/push-subscriptions/{subscription}", push_api_delete, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_DELETE, "/api/admin/chat/canned-replies/{reply}", canned_api_delete, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_GET, "/api/admin/chat/me/state", desk_api_get, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_PUT, "/api/admin/chat/me/state", desk_api_put, ROLE_AGENT, 0, NULL, desk_api_state_body},
    {METHOD_POST, "/api/admin/chat/me/active", desk_api_active, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_GET, "/api/admin/chat/agent-states", desk_api_list, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_PUT, "/api/admin/chat/agent-states/{member}", desk_api_put_other, ROLE_SUPERVISOR, 0, NULL, desk_api_state_body},
    {METHOD_PUT, "/api/admin/chat/agent-states/{member}/limit", desk_api_put_limit, ROLE_SUPERVISOR, 0, NULL, desk_api_limit_body},
    {METHOD_GET, "/api/admin/chat/routing", routing_api_list, ROLE_SUPERVISOR, 0, NULL, NULL},
    {METHOD_PUT, "/api/admin/chat/routing/{category}", routing_api_put, ROLE_SUPERVISOR, 0, NULL, routing_api_body},
    {METHOD_GET, "/api/admin/chat/statistics", agent_api_statistics, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_GET, "/api/admin/chat/status/{status}", agent_api_status_code, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_GET, "/api/admin/chat/exit-reasons", code_api_exit_reasons, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_GET, "/api/admin/chat/disconnect-reasons", code_api_disconnect_reasons, ROLE_AGENT, 0, NULL, NULL},
    {METHOD_GET, "/agent", agent_page_home, ROLE_AGENT, ROUTE_PAGE, agent_page_query, NULL},
    {METHOD_GET, "/agent/dialogs", agent_page_dialogs, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/agent/chat/{id}", agent_page_thread, ROLE_AGENT, ROUTE_PAGE, thread_page_query, NULL},
    {METHOD_POST, "/agent/chat/{id}/send", agent_page_send, ROLE_AGENT, ROUTE_PAGE, NULL, canned_page_send_body},
    {METHOD_POST, "/agent/chat/{id}/refresh", agent_page_refresh, ROLE_AGENT, ROUTE_PAGE, NULL, canned_page_send_body},
    {METHOD_POST, "/agent/chat/{id}/accept", agent_page_accept, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/agent/chat/{id}/take-over", agent_page_take_over, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/agent/chat/{id}/messages/{seq}", agent_page_message, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/agent/chat/{id}/messages/{seq}", agent_page_message_edit, ROLE_AGENT, ROUTE_PAGE, NULL, revise_api_body},
    {METHOD_POST, "/agent/chat/{id}/messages/{seq}/delete", agent_page_message_delete, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/agent/chat/{id}/transfer", offer_page_form, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/agent/chat/{id}/transfer", offer_page_transfer, ROLE_AGENT, ROUTE_PAGE, NULL, offer_page_body},
    {METHOD_POST, "/agent/chat/{id}/transfer/withdraw", offer_page_withdraw, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/agent/chat/{id}/transfer/accept", offer_page_accept, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/agent/chat/{id}/transfer/refuse", offer_page_refuse, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/agent/chat/{id}/hold", offer_page_hold_form, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/agent/chat/{id}/hold", offer_page_hold, ROLE_AGENT, ROUTE_PAGE, NULL, offer_page_hold_body},
    {METHOD_POST, "/agent/chat/{id}/tags", desk_page_tag_add, ROLE_AGENT, ROUTE_PAGE, NULL, desk_tag_body},
    {METHOD_POST, "/agent/chat/{id}/tags/remove", desk_page_tag_remove, ROLE_AGENT, ROUTE_PAGE, NULL, desk_tag_body},
    {METHOD_POST, "/agent/chat/{id}/block", desk_page_block_add, ROLE_AGENT, ROUTE_PAGE, NULL, desk_block_body},
    {METHOD_POST, "/agent/chat/{id}/unblock", desk_page_block_remove, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/agent/chat/{id}/resume", offer_page_resume, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/agent/chat/{id}/end", agent_page_end_form, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/agent/chat/{id}/end", agent_page_end, ROLE_AGENT, ROUTE_PAGE, NULL, thread_page_end_body},
    {METHOD_POST, "/agent/chat/{id}/note", agent_page_note, ROLE_AGENT, ROUTE_PAGE, NULL, note_page_body},
    {METHOD_POST, "/agent/state/{choice}", desk_page_choose, ROLE_AGENT, ROUTE_PAGE, NULL, desk_page_body},
    {METHOD_GET, "/agent/canned", canned_page_show, ROLE_AGENT, ROUTE_PAGE, canned_page_query, NULL},
    {METHOD_POST, "/agent/canned", canned_page_add, ROLE_AGENT, ROUTE_PAGE, NULL, canned_api_body},
    {METHOD_POST, "/agent/canned/{reply}", canned_page_change, ROLE_AGENT, ROUTE_PAGE, NULL, canned_api_body},
    {METHOD_POST, "/agent/canned/{reply}/delete", canned_page_remove, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/api/admin/chat/sessions/history/export", history_export_api, ROLE_SUPERVISOR, 0, NULL, history_export_body},
    {METHOD_GET, "/history/export", history_export_page, ROLE_SUPERVISOR, ROUTE_PAGE, history_page_query, NULL},
    {METHOD_POST, "/history/export", history_export_submit, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, history_export_body},
    {METHOD_GET, "/history", history_page_list, ROLE_AGENT, ROUTE_PAGE, history_page_query, NULL},
    {METHOD_GET, "/history/{id}/transcript.txt", history_page_transcript_text, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/history/{id}/transcript.html", history_page_transcript, ROLE_AGENT, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/history/{id}", history_page_chat, ROLE_AGENT, ROUTE_PAGE, history_page_chat_query, NULL},
    {METHOD_GET, "/board", board_page, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/board/agents/{member}/state", board_page_state, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, board_page_state_body},
    {METHOD_GET, "/admin", admin_frame_home, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/admin/members", admin_member_list, ROLE_SUPERVISOR, ROUTE_PAGE, admin_member_list_query, NULL},
    {METHOD_POST, "/admin/members", admin_member_add, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_member_add_body},
    {METHOD_GET, "/admin/members/{member}", admin_member_show, ROLE_SUPERVISOR, ROUTE_PAGE, admin_frame_query, NULL},
    {METHOD_POST, "/admin/members/{member}", admin_member_change, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_member_body},
    {METHOD_POST, "/admin/members/{member}/status", admin_member_status, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_member_status_body},
    {METHOD_POST, "/admin/members/{member}/password", admin_member_password, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/admin/members/{member}/topics", admin_member_topic, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_member_topic_body},
    {METHOD_POST, "/admin/members/{member}/limit", admin_member_limit, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_routing_limit_body},
    {METHOD_GET, "/admin/categories", admin_category_list, ROLE_SUPERVISOR, ROUTE_PAGE, admin_frame_query, NULL},
    {METHOD_POST, "/admin/categories", admin_category_add, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_category_add_body},
    {METHOD_GET, "/admin/categories/{category}", admin_category_show, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/admin/categories/{category}", admin_category_change, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_category_body},
    {METHOD_POST, "/admin/categories/{category}/move", admin_category_move, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_category_move_body},
    {METHOD_POST, "/admin/categories/{category}/routing", admin_category_routing, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_routing_body},
    {METHOD_GET, "/admin/hours", admin_hours_page, ROLE_SUPERVISOR, ROUTE_PAGE, admin_frame_query, NULL},
    {METHOD_POST, "/admin/hours", admin_hours_set, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_hours_body},
    {METHOD_POST, "/admin/hours/holidays", admin_hours_holiday, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_hours_holiday_body},
    {METHOD_POST, "/admin/hours/holidays/remove", admin_hours_remove, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_hours_remove_body},
    {METHOD_GET, "/admin/entry", admin_entry_page, ROLE_SUPERVISOR, ROUTE_PAGE, admin_frame_query, NULL},
    {METHOD_POST, "/admin/entry", admin_entry_set, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_entry_body},
    {METHOD_POST, "/admin/entry/consent", admin_entry_consent, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_entry_consent_body},
    {METHOD_GET, "/admin/messages", admin_auto_page, ROLE_SUPERVISOR, ROUTE_PAGE, admin_frame_query, NULL},
    {METHOD_POST, "/admin/messages", admin_auto_set, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_auto_body},
    {METHOD_GET, "/admin/tags", admin_tag_list, ROLE_SUPERVISOR, ROUTE_PAGE, admin_frame_query, NULL},
    {METHOD_POST, "/admin/tags", admin_tag_add, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, desk_tag_body},
    {METHOD_POST, "/admin/tags/{word}", admin_tag_rename, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, desk_tag_body},
    {METHOD_POST, "/admin/tags/{word}/retire", admin_tag_retire, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, admin_tag_retire_body},
    {METHOD_GET, "/admin/blocks", admin_block_list, ROLE_SUPERVISOR, ROUTE_PAGE, admin_block_query, NULL},
    {METHOD_POST, "/admin/blocks/{member}/lift", admin_block_lift, ROLE_SUPERVISOR, ROUTE_PAGE, NULL, NULL},
    {METHOD_GET, "/admin/audit", admin_audit_page, ROLE_SUPERVISOR, ROUTE_PAGE, admin_audit_query, NULL},
    {METHOD_GET, "/admin/sites", admin_site_list, ROLE_ADMIN, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/admin/sites", admin_site_add, ROLE_ADMIN, ROUTE_PAGE, NULL, admin_site_add_body},
    {METHOD_GET, "/admin/sites/new", admin_site_new, ROLE_ADMIN, ROUTE_PAGE, admin_frame_query, NULL},
    {METHOD_GET, "/admin/sites/{key}", admin_site_show, ROLE_ADMIN, ROUTE_PAGE, admin_frame_query, NULL},
    {METHOD_POST, "/admin/sites/{key}/keys", admin_site_key_new, ROLE_ADMIN, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/admin/sites/{key}/keys/{kid}/drop", admin_site_key_drop, ROLE_ADMIN, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/admin/sites/{key}", admin_site_change, ROLE_ADMIN, ROUTE_PAGE, NULL, admin_site_body},
    {0},
};

int main(int argc, char **argv)
{
    static const struct program program = {.name = "agent", .routes = routes};
    return program_main(&program, argc, argv);
}
