-- 0016_create_search_token: which chats may hold a word (lib/chat/search_index.h), and which of those that are over are not entered yet.
-- Why: no server setting can be relied on, a FULLTEXT index of the server hides words of two syllables, and LIKE reads every message. Locks: the index
-- over chat_session is built while others read and write. search_due changes when a chat ends, not with each message, so that sending one touches
-- no index. Back: DROP TABLE search_token, search_state; ALTER TABLE chat_session DROP KEY idx_chat_session_search, DROP COLUMN search_due, DROP COLUMN search_seq.
CREATE TABLE IF NOT EXISTS search_token (
  token BIGINT NOT NULL COMMENT 'two characters, one, or a fact of the chat: lib/chat/search_text.h',
  block INT NOT NULL COMMENT 'session_no div 60',
  chats BIGINT NOT NULL COMMENT 'bit session_no mod 60: that chat may have it',
  PRIMARY KEY (token, block)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='filled behind the writers; whatever it finds is looked up in the messages';

CREATE TABLE IF NOT EXISTS search_state (
  state_id TINYINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (state_id = 1),
  claim UUID NULL COMMENT 'of who fills search_token now',
  claim_until DATETIME(3) NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
INSERT IGNORE INTO search_state (state_id) VALUES (1);

ALTER TABLE chat_session
  ADD COLUMN IF NOT EXISTS search_seq INT NOT NULL DEFAULT -1 COMMENT 'search_token has the rows up to this one' AFTER figured;
ALTER TABLE chat_session
  ADD COLUMN IF NOT EXISTS search_due TINYINT GENERATED ALWAYS AS (IF(status_id = 3 AND search_seq < message_count, 1, NULL)) VIRTUAL COMMENT '1: over, and search_token lacks something of it' AFTER open_member_id;
ALTER TABLE chat_session
  ADD INDEX IF NOT EXISTS idx_chat_session_search (search_due, session_no);
