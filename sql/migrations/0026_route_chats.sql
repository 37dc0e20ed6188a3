-- 0026_route_chats: to whom a waiting chat is offered, which offers there were, and a mode and priority for each topic.
-- Why: the offer stands in the chat's own row, so that its lock decides between nodes. Locks: none (INSTANT). Back: drop both columns and both tables.
ALTER TABLE chat_session
  ADD COLUMN IF NOT EXISTS route_admin_id BIGINT NULL COMMENT 'while waiting: to whom it is offered',
  ADD COLUMN IF NOT EXISTS route_until DATETIME(3) NULL COMMENT 'then it is another''s turn',
  ADD INDEX IF NOT EXISTS idx_chat_session_route (route_admin_id, status_id, route_until);

CREATE TABLE IF NOT EXISTS chat_offer (
  offer_no BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  session_no BIGINT NOT NULL,
  member_id BIGINT NOT NULL COMMENT 'to whom',
  cdate DATETIME(3) NOT NULL,
  KEY idx_chat_offer_session (session_no, cdate),
  CONSTRAINT fk_chat_offer_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no),
  CONSTRAINT fk_chat_offer_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS category_routing (
  category_id INT NOT NULL PRIMARY KEY,
  mode VARCHAR(12) CHARACTER SET ascii NULL COMMENT 'pull, least-busy, round-robin, last-agent; NULL: as configured',
  priority INT NOT NULL DEFAULT 0 COMMENT 'higher is offered first',
  CONSTRAINT fk_category_routing_category FOREIGN KEY (category_id) REFERENCES code (code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
