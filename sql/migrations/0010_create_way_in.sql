-- 0010_create_way_in: opening hours' holidays, the fields and the consent of the first page, and where an answer to an offline chat goes.
-- Why: what a customer is asked for and told before a chat begins is the administrator's, and stands in tables. Locks: none. Back: DROP TABLE of each.
CREATE TABLE IF NOT EXISTS entry_setting (
  name VARCHAR(40) CHARACTER SET ascii NOT NULL PRIMARY KEY COMMENT 'hours_zone',
  value VARCHAR(200) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='what stands once for the way in';

CREATE TABLE IF NOT EXISTS business_holiday (
  holiday DATE NOT NULL PRIMARY KEY COMMENT 'in the zone of the opening hours',
  name VARCHAR(100) NOT NULL COMMENT 'Korean; may be empty',
  name_en VARCHAR(100) NOT NULL,
  open_minute SMALLINT NULL COMMENT 'NULL: closed all day; else the hours of that day',
  close_minute SMALLINT NULL,
  CONSTRAINT chk_business_holiday_hours CHECK ((open_minute IS NULL AND close_minute IS NULL) OR (open_minute >= 0 AND open_minute < close_minute AND close_minute <= 1440))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS consent_text (
  consent_version INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  content VARCHAR(4000) NOT NULL COMMENT 'Korean',
  content_en VARCHAR(4000) NOT NULL,
  is_used TINYINT NOT NULL DEFAULT 1 COMMENT 'of the newest: 0 when none is asked for. Old versions stay: chats point to them',
  cdate DATETIME(3) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS entry_field (
  field_no TINYINT NOT NULL PRIMARY KEY CHECK (field_no IN (1, 2)),
  kind VARCHAR(10) CHARACTER SET ascii NOT NULL COMMENT 'NAME, TITLE, TEXT',
  label VARCHAR(100) NOT NULL DEFAULT '' COMMENT 'of TEXT, Korean',
  label_en VARCHAR(100) NOT NULL DEFAULT '',
  is_needed TINYINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='what a customer is asked for beside the topic';

CREATE TABLE IF NOT EXISTS session_consent (
  session_no BIGINT NOT NULL PRIMARY KEY,
  consent_version INT NOT NULL,
  cdate DATETIME(3) NOT NULL COMMENT 'when the customer agreed',
  CONSTRAINT fk_session_consent_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no),
  CONSTRAINT fk_session_consent_text FOREIGN KEY (consent_version) REFERENCES consent_text (consent_version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS session_field (
  session_no BIGINT NOT NULL,
  field_no TINYINT NOT NULL,
  label VARCHAR(100) NOT NULL COMMENT 'as it was asked',
  content VARCHAR(200) NOT NULL,
  PRIMARY KEY (session_no, field_no),
  CONSTRAINT fk_session_field_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS offline_reply (
  session_no BIGINT NOT NULL PRIMARY KEY,
  email VARCHAR(254) NULL COMMENT 'where the answer goes; NULL: the customer looks by the next visit',
  lang CHAR(2) CHARACTER SET ascii NOT NULL,
  mailed_seq INT NOT NULL DEFAULT 0 COMMENT 'answers up to this one were mailed',
  is_open TINYINT NOT NULL DEFAULT 1 COMMENT '0: nothing more will be mailed',
  KEY idx_offline_reply_open (is_open, session_no),
  CONSTRAINT fk_offline_reply_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO entry_field (field_no, kind) SELECT 1, 'NAME' WHERE NOT EXISTS (SELECT 1 FROM entry_field);
INSERT INTO entry_field (field_no, kind) SELECT 2, 'TITLE' WHERE NOT EXISTS (SELECT 1 FROM entry_field WHERE field_no = 2);
