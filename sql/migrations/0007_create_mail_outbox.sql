-- 0007_create_mail_outbox: letters on their way out.
-- Why: mail is sent off a request's way, and must survive a restart or a mail server that is away. Locks: none. Back: DROP TABLE.
CREATE TABLE IF NOT EXISTS mail_outbox (
  mail_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  mail_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'one letter for each key',
  recipient VARCHAR(254) NOT NULL,
  subject VARCHAR(200) NOT NULL,
  body MEDIUMTEXT NOT NULL COMMENT 'plain text; empty once it is done',
  status TINYINT NOT NULL DEFAULT 0 COMMENT '0 waiting, 1 sent, 9 given up',
  tries INT NOT NULL DEFAULT 0,
  next_try DATETIME(3) NOT NULL COMMENT 'while it is claimed: when the claim runs out',
  claim UUID NULL COMMENT 'of who is sending it now',
  error VARCHAR(200) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'why the last try failed',
  cdate DATETIME(3) NOT NULL,
  done DATETIME(3) NULL,
  UNIQUE KEY uq_mail_outbox_key (mail_key),
  UNIQUE KEY uq_mail_outbox_claim (claim),
  KEY idx_mail_outbox_due (status, next_try),
  KEY idx_mail_outbox_done (done)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='letters on their way out';
