-- 0021_create_session_tag: words by which the staff find a chat again, and who blocked a customer.
-- Locks: block_entry for a copy; it has no rows yet. Back: drop the table and the column.
CREATE TABLE IF NOT EXISTS session_tag (
  session_no BIGINT NOT NULL,
  tag VARCHAR(40) NOT NULL,
  member_id BIGINT NOT NULL COMMENT 'who put it there',
  cdate DATETIME(3) NOT NULL,
  PRIMARY KEY (session_no, tag),
  KEY idx_session_tag_tag (tag, session_no),
  CONSTRAINT fk_session_tag_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no),
  CONSTRAINT fk_session_tag_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
ALTER TABLE block_entry ADD COLUMN IF NOT EXISTS by_member_id BIGINT NULL COMMENT 'who blocked' AFTER address;
