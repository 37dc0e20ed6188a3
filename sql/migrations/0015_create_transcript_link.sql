-- 0015_create_transcript_link: links to a transcript that go out by mail, each good for one reading.
-- Why: who has a link needs no sign-in, so what opens it must be random, short-lived, used once and not readable in the database. Locks: none.
-- Back: DROP TABLE.
CREATE TABLE IF NOT EXISTS transcript_link (
  link_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  session_no BIGINT NOT NULL,
  secret_hash BINARY(32) NOT NULL COMMENT 'SHA-256 of the secret in the link',
  cdate DATETIME(3) NOT NULL,
  expires DATETIME(3) NOT NULL,
  used DATETIME(3) NULL COMMENT 'when it was read: it opens nothing more',
  UNIQUE KEY uq_transcript_link_secret (secret_hash),
  KEY idx_transcript_link_session (session_no, cdate),
  KEY idx_transcript_link_expires (expires),
  CONSTRAINT fk_transcript_link_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
