-- 0024_create_push_subscription: browsers of the staff that are told of waiting chats by their push services, and what is on its way to them.
-- Why: who has closed every page of ours is reached by nothing else at once. Locks: none. Back: DROP TABLE push_outbox, push_told, push_subscription.
CREATE TABLE IF NOT EXISTS push_subscription (
  subscription_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  member_id BIGINT NOT NULL,
  endpoint_hash BINARY(32) NOT NULL COMMENT 'SHA-256 of endpoint',
  endpoint VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of the push service; whoever knows it and our key can write there',
  p256dh CHAR(87) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the browser''s public key, base64url',
  auth CHAR(22) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  with_line TINYINT NOT NULL COMMENT '1: the customer''s first line may be shown',
  lang CHAR(2) CHARACTER SET ascii NOT NULL,
  cdate DATETIME(3) NOT NULL,
  UNIQUE KEY uq_push_subscription_endpoint (endpoint_hash),
  KEY idx_push_subscription_member (member_id, cdate),
  CONSTRAINT fk_push_subscription_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='browsers that want web push';
CREATE TABLE IF NOT EXISTS push_told (
  session_no BIGINT NOT NULL,
  queue_entered DATETIME(3) NOT NULL,
  PRIMARY KEY (session_no, queue_entered),
  KEY idx_push_told_entered (queue_entered),
  CONSTRAINT fk_push_told_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='stays in the queue that were told by web push';
CREATE TABLE IF NOT EXISTS push_outbox (
  push_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  subscription_id BIGINT NOT NULL,
  session_no BIGINT NOT NULL,
  tries INT NOT NULL DEFAULT 0,
  next_try DATETIME(3) NOT NULL COMMENT 'while it is claimed: when the claim runs out',
  claim UUID NULL COMMENT 'of who is sending it now',
  UNIQUE KEY uq_push_outbox_claim (claim),
  KEY idx_push_outbox_due (next_try),
  KEY idx_push_outbox_session (session_no),
  CONSTRAINT fk_push_outbox_subscription FOREIGN KEY (subscription_id) REFERENCES push_subscription (subscription_id) ON DELETE CASCADE,
  CONSTRAINT fk_push_outbox_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='web push on its way out';
