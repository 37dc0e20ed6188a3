-- 0022_create_auto_message: what the site says by itself, and what of it was said to a chat. Nothing is on.
-- Locks: none. Back: drop both tables.
CREATE TABLE IF NOT EXISTS auto_message (
  name VARCHAR(20) CHARACTER SET ascii NOT NULL PRIMARY KEY COMMENT 'GREETING, NOBODY, SILENT',
  is_on TINYINT NOT NULL DEFAULT 0,
  delay_s INT NOT NULL DEFAULT 0 COMMENT 'NOBODY: in the queue; SILENT: until the chat is closed',
  content VARCHAR(200) NOT NULL COMMENT 'Korean',
  content_en VARCHAR(200) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE IF NOT EXISTS session_auto (
  session_no BIGINT NOT NULL PRIMARY KEY,
  greeted TINYINT NOT NULL DEFAULT 0,
  nobody_time DATETIME(3) NULL COMMENT 'when it was said that nobody has come yet',
  warned_time DATETIME(3) NULL COMMENT 'when the silent customer was warned',
  warned_seq INT NOT NULL DEFAULT 0 COMMENT 'the message that was not answered then',
  CONSTRAINT fk_session_auto_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
