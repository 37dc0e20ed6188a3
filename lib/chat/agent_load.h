/* agent_load: how many chats one of the staff has or has been offered, held against how many they may have. */
#ifndef SANGDAM_CHAT_AGENT_LOAD_H
#define SANGDAM_CHAT_AGENT_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/chat/outcome.h"

struct config;
struct db;

/* As an SQL expression, member names the column of whom: open chats of theirs, waiting ones that are offered to them, and those that a colleague hands on to them; one chat is left out. */
#define AGENT_LOAD_SQL(member) \
    "((SELECT COUNT(*) FROM chat_session c WHERE c.admin_id = " member " AND c.status_id IN (2, 4) AND c.session_no <> ?)" \
    " + (SELECT COUNT(*) FROM chat_session c WHERE c.route_admin_id = " member " AND c.status_id = 1 AND c.route_until > ? AND c.session_no <> ?)" \
    " + (SELECT COUNT(*) FROM chat_session c WHERE c.offer_admin_id = " member " AND c.status_id IN (2, 4) AND c.offer_until > ? AND c.session_no <> ?))"
/* Its arguments in their order. Use db.h with it. */
#define AGENT_LOAD_ARGS(now_ms, session_no) db_int(session_no), db_time(now_ms), db_int(session_no), db_time(now_ms), db_int(session_no)

struct agent_load {
    bool is_online; /* takes chats now */
    bool has_room;  /* for one more beside session_no */
};
/* Locks the agent's row until the transaction ends: whoever adds to a load holds it, so what is read behind it stays right. Comes after the lock of the chat. DONE or AWAY. Blocks. */
enum outcome agent_load_lock(struct db *db, const struct config *config, int64_t member_id, int64_t session_no, int64_t now_ms, struct agent_load *load_r);

#endif
