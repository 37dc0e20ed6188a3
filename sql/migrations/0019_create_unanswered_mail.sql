-- 0019_create_unanswered_mail: the chats that were told to the staff by mail since nobody took them.
-- Why: once a chat, whichever node looks first; the outbox forgets its letters after 30 days, and a chat may come back into the queue. Locks: none.
-- Back: DROP TABLE.
CREATE TABLE IF NOT EXISTS unanswered_mail (
  session_no BIGINT NOT NULL PRIMARY KEY,
  cdate DATETIME(3) NOT NULL,
  CONSTRAINT fk_unanswered_mail_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='chats that were told to the staff by mail';
