-- schema.sql: today's whole truth, without data. The migrations are the path to it; a test compares both.
CREATE TABLE installation (
  installation_id TINYINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (installation_id = 1),
  epoch UUID NOT NULL COMMENT 'replaced whenever data is restored from a backup',
  cdate DATETIME(3) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE code (
  code_id INT NOT NULL PRIMARY KEY,
  gcode VARCHAR(40) CHARACTER SET ascii NOT NULL COMMENT 'group',
  code VARCHAR(40) CHARACTER SET ascii NOT NULL,
  decode VARCHAR(100) NOT NULL COMMENT 'shown to people, Korean',
  decode_en VARCHAR(100) NOT NULL COMMENT 'shown to people, English',
  pcode INT NULL COMMENT 'the parent code of a second level',
  sort_no INT NOT NULL DEFAULT 0,
  is_used CHAR(1) CHARACTER SET ascii NOT NULL DEFAULT 'Y',
  UNIQUE KEY uq_code_group (gcode, code),
  CONSTRAINT fk_code_parent FOREIGN KEY (pcode) REFERENCES code (code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE member (
  member_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(254) NULL COMMENT 'lower case; NULL for guests and the system',
  nickname VARCHAR(64) NOT NULL COMMENT 'NFC',
  gubun TINYINT NOT NULL COMMENT '0 system, 1 customer, 2 agent, 3 admin, 4 guest, 5 supervisor',
  status TINYINT NOT NULL DEFAULT 1 COMMENT '1 active, 0 disabled, 9 erased',
  password_hash VARCHAR(128) CHARACTER SET ascii NULL COMMENT 'argon2id',
  lang CHAR(2) CHARACTER SET ascii NULL COMMENT 'ko, en; NULL: as the browser says',
  cdate DATETIME(3) NOT NULL,
  udate DATETIME(3) NOT NULL,
  UNIQUE KEY uq_member_email (email),
  KEY idx_member_nickname (nickname),
  KEY idx_member_gubun (gubun, member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE login_session (
  token_hash BINARY(32) NOT NULL PRIMARY KEY COMMENT 'SHA-256 of the cookie',
  member_id BIGINT NOT NULL,
  cdate DATETIME(3) NOT NULL,
  last_used DATETIME(3) NOT NULL,
  expires DATETIME(3) NOT NULL,
  KEY idx_login_session_member (member_id),
  KEY idx_login_session_expires (expires),
  CONSTRAINT fk_login_session_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE api_token (
  token_hash BINARY(32) NOT NULL PRIMARY KEY COMMENT 'SHA-256 of the bearer token',
  member_id BIGINT NOT NULL,
  scope VARCHAR(100) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'empty: all that the member may',
  cdate DATETIME(3) NOT NULL,
  expires DATETIME(3) NOT NULL,
  KEY idx_api_token_member (member_id),
  KEY idx_api_token_expires (expires),
  CONSTRAINT fk_api_token_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE chat_session (
  session_no BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'internal: joins',
  session_id UUID NOT NULL COMMENT 'public, random',
  member_id BIGINT NOT NULL,
  admin_id BIGINT NULL,
  category_id INT NOT NULL,
  status_id INT NOT NULL DEFAULT 1,
  title VARCHAR(200) NULL,
  start_time DATETIME(3) NULL,
  end_time DATETIME(3) NULL,
  message_count INT NOT NULL DEFAULT 0 COMMENT 'head: the highest seq',
  cdate DATETIME(3) NOT NULL,
  udate DATETIME(3) NOT NULL DEFAULT (cdate),
  accept_time DATETIME(3) NULL COMMENT 'first accept',
  first_response_time DATETIME(3) NULL COMMENT 'first message of an agent',
  queue_since DATETIME(3) NOT NULL DEFAULT (cdate) COMMENT 'kept when a chat returns to the queue',
  queue_entered DATETIME(3) NOT NULL DEFAULT (cdate) COMMENT 'when it last came into the queue: queue_timeout counts from here',
  queue_front TINYINT NOT NULL DEFAULT 0 COMMENT '1: its agent was lost, it goes first',
  member_last_seen DATETIME(3) NULL,
  admin_last_seen DATETIME(3) NULL,
  member_pushed TINYINT NOT NULL DEFAULT 0 COMMENT 'this side had a push connection in this chat',
  admin_pushed TINYINT NOT NULL DEFAULT 0,
  member_joined TINYINT NOT NULL DEFAULT 0 COMMENT 'JOIN without LEAVE, AWAY or TRANSFER after it',
  admin_joined TINYINT NOT NULL DEFAULT 0,
  member_read_seq INT NOT NULL DEFAULT 0,
  admin_read_seq INT NOT NULL DEFAULT 0,
  member_grace_until DATETIME(3) NULL COMMENT 'set while the customer is away',
  admin_grace_until DATETIME(3) NULL COMMENT 'set while the agent is away',
  hold_since DATETIME(3) NULL,
  hold_ms BIGINT NOT NULL DEFAULT 0,
  disconnect_reason_id INT NULL,
  exit_reason_id INT NULL,
  ended_by CHAR(1) CHARACTER SET ascii NULL COMMENT 'M customer, A agent, S system',
  abandoned TINYINT NOT NULL DEFAULT 0 COMMENT 'ended before an accept by the customer or the customer''s grace',
  offline TINYINT NOT NULL DEFAULT 0 COMMENT 'left while nobody was there, answered later',
  previous_session_id UUID NULL COMMENT 'the chat that this one reopens',
  figured TINYINT NOT NULL DEFAULT 0 COMMENT '1: its row in chat_figure is right',
  search_seq INT NOT NULL DEFAULT -1 COMMENT 'search_token has the rows up to this one',
  open_member_id BIGINT GENERATED ALWAYS AS (IF(status_id = 3, NULL, member_id)) VIRTUAL COMMENT 'one open chat per customer',
  search_due TINYINT GENERATED ALWAYS AS (IF(status_id = 3 AND search_seq < message_count, 1, NULL)) VIRTUAL COMMENT '1: over, and search_token lacks something of it',
  hold_until DATETIME(3) NULL COMMENT 'when a chat on hold wakes up; on hold while hold_since is set',
  offer_admin_id BIGINT NULL COMMENT 'the colleague to whom it is offered; NULL: to those of offer_category_id',
  offer_category_id INT NULL COMMENT 'its topic once it is taken; NULL: as it is',
  offer_note_id BIGINT NULL COMMENT 'the internal note that goes with it',
  offer_until DATETIME(3) NULL COMMENT 'set while it is offered; then the offer is over',
  route_admin_id BIGINT NULL COMMENT 'while waiting: to whom it is offered',
  route_until DATETIME(3) NULL COMMENT 'then it is another''s turn',
  site_id INT NULL COMMENT 'whose page it was begun in (site); NULL: our own',
  site_page VARCHAR(300) NULL COMMENT 'that page, as the site names it',
  UNIQUE KEY uq_chat_session_id (session_id),
  UNIQUE KEY uq_chat_session_open (open_member_id),
  KEY idx_chat_session_status (status_id, queue_front, queue_since),
  KEY idx_chat_session_member (member_id, session_no),
  KEY idx_chat_session_admin (admin_id, status_id),
  KEY idx_chat_session_cdate (cdate),
  KEY fk_chat_session_category (category_id),
  KEY fk_chat_session_exit (exit_reason_id),
  KEY fk_chat_session_disconnect (disconnect_reason_id),
  KEY idx_chat_session_figured (figured, status_id, cdate),
  KEY idx_chat_session_search (search_due, session_no),
  KEY idx_chat_session_route (route_admin_id, status_id, route_until),
  KEY idx_chat_session_offer (offer_admin_id, status_id, offer_until),
  CONSTRAINT fk_chat_session_member FOREIGN KEY (member_id) REFERENCES member (member_id),
  CONSTRAINT fk_chat_session_admin FOREIGN KEY (admin_id) REFERENCES member (member_id),
  CONSTRAINT fk_chat_session_category FOREIGN KEY (category_id) REFERENCES code (code_id),
  CONSTRAINT fk_chat_session_status FOREIGN KEY (status_id) REFERENCES code (code_id),
  CONSTRAINT fk_chat_session_exit FOREIGN KEY (exit_reason_id) REFERENCES code (code_id),
  CONSTRAINT fk_chat_session_disconnect FOREIGN KEY (disconnect_reason_id) REFERENCES code (code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE attachment (
  file_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  session_no BIGINT NOT NULL,
  member_id BIGINT NOT NULL COMMENT 'who uploaded it',
  storage_name CHAR(43) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'random name in upload_dir',
  name VARCHAR(255) NOT NULL COMMENT 'cleaned name, shown to people',
  size BIGINT NOT NULL COMMENT 'bytes',
  content_type VARCHAR(100) CHARACTER SET ascii NOT NULL,
  sha256 BINARY(32) NOT NULL,
  width INT NULL,
  height INT NULL,
  status TINYINT NOT NULL DEFAULT 1 COMMENT '1 there, 9 erased',
  cdate DATETIME(3) NOT NULL,
  UNIQUE KEY uq_attachment_storage (storage_name),
  KEY idx_attachment_session (session_no),
  CONSTRAINT fk_attachment_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no),
  CONSTRAINT fk_attachment_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE chat_message (
  session_no BIGINT NOT NULL,
  seq INT NOT NULL COMMENT 'dense from 1 in a session',
  session_id UUID NOT NULL COMMENT 'public id of the session',
  message_id BIGINT GENERATED ALWAYS AS (session_no * 1048576 + seq) VIRTUAL COMMENT 'unique over all sessions',
  sender_id BIGINT NOT NULL COMMENT '1 for the system',
  sender_type CHAR(1) CHARACTER SET ascii NOT NULL COMMENT 'M customer, A agent, S system',
  message_type_id INT NOT NULL DEFAULT 11,
  kind VARCHAR(10) CHARACTER SET ascii NOT NULL DEFAULT 'TEXT',
  content VARCHAR(2000) NOT NULL,
  args VARCHAR(1000) NULL COMMENT 'JSON: what a reader''s own language needs of a system message',
  is_read CHAR(1) CHARACTER SET ascii NOT NULL DEFAULT 'N',
  client_message_id UUID NULL,
  file_id BIGINT NULL,
  target_seq INT NULL COMMENT 'of EDIT and REDACT: the row meant; of a message: the row that it quotes',
  revised_seq INT NULL COMMENT 'the EDIT or REDACT row that holds for this one',
  cdate DATETIME(3) NOT NULL,
  PRIMARY KEY (session_no, seq),
  UNIQUE KEY uq_chat_message_client (session_no, sender_id, client_message_id),
  KEY idx_chat_message_session (session_id),
  CONSTRAINT fk_chat_message_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no),
  CONSTRAINT fk_chat_message_file FOREIGN KEY (file_id) REFERENCES attachment (file_id),
  CONSTRAINT chk_chat_message_type CHECK (message_type_id IN (11, 12, 13))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE right_change (
  change_no BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  member_id BIGINT NULL COMMENT 'whose rights changed: role, status, sign-out',
  session_no BIGINT NULL COMMENT 'or: the chat whose participants changed',
  cdate DATETIME(3) NOT NULL,
  KEY idx_right_change_cdate (cdate)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='pushd reads it every second: a lost right ends within 2 s';

CREATE TABLE internal_note (
  note_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  session_no BIGINT NOT NULL,
  member_id BIGINT NOT NULL COMMENT 'author',
  content VARCHAR(2000) NOT NULL,
  after_seq INT NOT NULL DEFAULT 0 COMMENT 'the head when it was written: it stands behind this row',
  client_note_id UUID NULL,
  cdate DATETIME(3) NOT NULL,
  UNIQUE KEY uq_internal_note_client (session_no, member_id, client_note_id),
  KEY idx_internal_note_session (session_no, note_id),
  CONSTRAINT fk_internal_note_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no),
  CONSTRAINT fk_internal_note_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE rating (
  session_no BIGINT NOT NULL PRIMARY KEY,
  score TINYINT NOT NULL CHECK (score BETWEEN 1 AND 5),
  content VARCHAR(2000) NULL,
  cdate DATETIME(3) NOT NULL,
  CONSTRAINT fk_rating_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE canned_reply (
  canned_reply_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  member_id BIGINT NULL COMMENT 'NULL: shared',
  category_id INT NULL COMMENT 'NULL: for all',
  lang CHAR(2) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'ko, en; empty: any',
  shortcut VARCHAR(40) NOT NULL,
  title VARCHAR(100) NOT NULL,
  content VARCHAR(2000) NOT NULL,
  cdate DATETIME(3) NOT NULL,
  udate DATETIME(3) NOT NULL,
  owner_id BIGINT GENERATED ALWAYS AS (IFNULL(member_id, 0)) VIRTUAL COMMENT '0: shared, so that the key holds',
  place_id INT GENERATED ALWAYS AS (IFNULL(category_id, 0)) VIRTUAL,
  UNIQUE KEY uq_canned_reply_shortcut (owner_id, place_id, lang, shortcut),
  KEY idx_canned_reply_member (member_id, shortcut),
  CONSTRAINT fk_canned_reply_member FOREIGN KEY (member_id) REFERENCES member (member_id),
  CONSTRAINT fk_canned_reply_category FOREIGN KEY (category_id) REFERENCES code (code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE audit_log (
  audit_no BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  member_id BIGINT NULL COMMENT 'who did it; NULL: the command line',
  action VARCHAR(40) CHARACTER SET ascii NOT NULL,
  target VARCHAR(100) NOT NULL DEFAULT '',
  detail VARCHAR(1000) NOT NULL DEFAULT '',
  cdate DATETIME(3) NOT NULL,
  KEY idx_audit_log_cdate (cdate),
  KEY fk_audit_log_member (member_id),
  KEY idx_audit_log_action (action, audit_no),
  KEY idx_audit_log_target (target, audit_no),
  CONSTRAINT fk_audit_log_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE business_hour (
  business_hour_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  category_id INT NULL COMMENT 'NULL: for all',
  weekday TINYINT NOT NULL COMMENT '0 Monday' CHECK (weekday BETWEEN 0 AND 6),
  open_minute SMALLINT NOT NULL COMMENT 'minutes after midnight in the site''s zone',
  close_minute SMALLINT NOT NULL,
  CONSTRAINT fk_business_hour_category FOREIGN KEY (category_id) REFERENCES code (code_id),
  CHECK (open_minute >= 0 AND open_minute < close_minute AND close_minute <= 1440)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE block_entry (
  block_entry_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  member_id BIGINT NULL,
  address VARCHAR(64) CHARACTER SET ascii NULL,
  by_member_id BIGINT NULL COMMENT 'who blocked',
  reason VARCHAR(200) NOT NULL DEFAULT '',
  expires DATETIME(3) NULL,
  cdate DATETIME(3) NOT NULL,
  KEY idx_block_entry_member (member_id),
  KEY idx_block_entry_address (address),
  CONSTRAINT fk_block_entry_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE staff_online (
  member_id BIGINT NOT NULL PRIMARY KEY,
  seen DATETIME(3) NOT NULL COMMENT 'pushd writes it anew every 20 s while the member is connected',
  CONSTRAINT fk_staff_online_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE chat_figure (
  cdate DATETIME(3) NOT NULL,
  session_no BIGINT NOT NULL,
  end_time DATETIME(3) NULL,
  category_id INT NOT NULL,
  agent_id BIGINT NOT NULL DEFAULT 0 COMMENT 'the last agent; 0: nobody',
  answerer_id BIGINT NOT NULL DEFAULT 0 COMMENT 'who answered first; 0: nobody',
  missed TINYINT NOT NULL,
  abandoned TINYINT NOT NULL,
  dropped TINYINT NOT NULL,
  is_open TINYINT NOT NULL COMMENT '1: requested in opening hours',
  wait_ms BIGINT NULL,
  frt_ms BIGINT NULL,
  art_ns BIGINT NULL COMMENT 'a mean: kept to the nanosecond',
  mrt_ms BIGINT NULL,
  handle_ms BIGINT NULL,
  dur_ms BIGINT NULL,
  member_rows INT NOT NULL COMMENT 'TEXT and FILE rows of the customer',
  agent_rows INT NOT NULL,
  system_rows INT NOT NULL COMMENT 'all others',
  score TINYINT NULL,
  PRIMARY KEY (cdate, session_no),
  UNIQUE KEY uq_chat_figure_session (session_no),
  KEY idx_chat_figure_agent (agent_id, cdate),
  KEY idx_chat_figure_answerer (answerer_id, cdate),
  KEY idx_chat_figure_category (category_id, cdate)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE stats_block (
  level TINYINT NOT NULL COMMENT '0 hour (UTC), 1 day, 2 month, 3 weekday-hours of a month (zone of stats_zone)',
  start DATETIME NOT NULL COMMENT 'UTC',
  dirty TINYINT NOT NULL COMMENT '1: its cells are older than its chats',
  PRIMARY KEY (level, start),
  KEY idx_stats_block_dirty (dirty, level, start)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE stats_cell (
  level TINYINT NOT NULL,
  dim TINYINT NOT NULL COMMENT '0 all, 1 by category, 2 by agent',
  start DATETIME NOT NULL,
  slot SMALLINT NOT NULL DEFAULT 0 COMMENT 'level 3: weekday * 24 + hour',
  id BIGINT NOT NULL DEFAULT 0,
  is_open TINYINT NOT NULL,
  sums BLOB NOT NULL COMMENT 'counts, sums and histograms',
  PRIMARY KEY (level, dim, start, slot, id, is_open)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE stats_zone (
  zone_id TINYINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (zone_id = 1),
  name VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'of the days and months of stats_block'
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE chat_duty (
  day INT NOT NULL COMMENT 'UTC, since 1970: a stretch is cut at midnight',
  member_id BIGINT NOT NULL,
  session_no BIGINT NOT NULL,
  since DATETIME(3) NOT NULL,
  is_away TINYINT NOT NULL COMMENT '1: away from the chat meanwhile',
  until DATETIME(3) NOT NULL,
  PRIMARY KEY (day, member_id, session_no, since, is_away),
  KEY idx_chat_duty_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='which agent had which chat, of chats that are over';

CREATE TABLE staff_stretch (
  day INT NOT NULL COMMENT 'as in chat_duty',
  member_id BIGINT NOT NULL,
  since DATETIME(3) NOT NULL,
  until DATETIME(3) NOT NULL,
  PRIMARY KEY (day, member_id, since)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='when members of the staff were connected';

CREATE TABLE agent_day (
  day INT NOT NULL PRIMARY KEY,
  dirty TINYINT NOT NULL COMMENT '1: its agent_load is older than its stretches'
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE agent_load (
  day INT NOT NULL,
  member_id BIGINT NOT NULL,
  chat_ms BIGINT NOT NULL COMMENT 'time of all chats',
  busy_ms BIGINT NOT NULL COMMENT 'time with at least one',
  most INT NOT NULL COMMENT 'chats at once',
  online_ms BIGINT NOT NULL,
  away_ms BIGINT NOT NULL,
  PRIMARY KEY (day, member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='what a day of UTC adds up to';

CREATE TABLE mail_outbox (
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

CREATE TABLE entry_setting (
  name VARCHAR(40) CHARACTER SET ascii NOT NULL PRIMARY KEY COMMENT 'hours_zone',
  value VARCHAR(200) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='what stands once for the way in';

CREATE TABLE business_holiday (
  holiday DATE NOT NULL PRIMARY KEY COMMENT 'in the zone of the opening hours',
  name VARCHAR(100) NOT NULL COMMENT 'Korean; may be empty',
  name_en VARCHAR(100) NOT NULL,
  open_minute SMALLINT NULL COMMENT 'NULL: closed all day; else the hours of that day',
  close_minute SMALLINT NULL,
  CONSTRAINT chk_business_holiday_hours CHECK ((open_minute IS NULL AND close_minute IS NULL) OR (open_minute >= 0 AND open_minute < close_minute AND close_minute <= 1440))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE consent_text (
  consent_version INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  content VARCHAR(4000) NOT NULL COMMENT 'Korean',
  content_en VARCHAR(4000) NOT NULL,
  is_used TINYINT NOT NULL DEFAULT 1 COMMENT 'of the newest: 0 when none is asked for. Old versions stay: chats point to them',
  cdate DATETIME(3) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE entry_field (
  field_no TINYINT NOT NULL PRIMARY KEY CHECK (field_no IN (1, 2)),
  kind VARCHAR(10) CHARACTER SET ascii NOT NULL COMMENT 'NAME, TITLE, TEXT',
  label VARCHAR(100) NOT NULL DEFAULT '' COMMENT 'of TEXT, Korean',
  label_en VARCHAR(100) NOT NULL DEFAULT '',
  is_needed TINYINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='what a customer is asked for beside the topic';

CREATE TABLE session_consent (
  session_no BIGINT NOT NULL PRIMARY KEY,
  consent_version INT NOT NULL,
  cdate DATETIME(3) NOT NULL COMMENT 'when the customer agreed',
  CONSTRAINT fk_session_consent_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no),
  CONSTRAINT fk_session_consent_text FOREIGN KEY (consent_version) REFERENCES consent_text (consent_version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE session_field (
  session_no BIGINT NOT NULL,
  field_no TINYINT NOT NULL,
  label VARCHAR(100) NOT NULL COMMENT 'as it was asked',
  content VARCHAR(200) NOT NULL,
  PRIMARY KEY (session_no, field_no),
  CONSTRAINT fk_session_field_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE offline_reply (
  session_no BIGINT NOT NULL PRIMARY KEY,
  email VARCHAR(254) NULL COMMENT 'where the answer goes; NULL: the customer looks by the next visit',
  lang CHAR(2) CHARACTER SET ascii NOT NULL,
  mailed_seq INT NOT NULL DEFAULT 0 COMMENT 'answers up to this one were mailed',
  is_open TINYINT NOT NULL DEFAULT 1 COMMENT '0: nothing more will be mailed',
  KEY idx_offline_reply_open (is_open, session_no),
  CONSTRAINT fk_offline_reply_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE site (
  site_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  site_key VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'data-site of the loader''s tag, aud of its JWTs',
  name VARCHAR(100) NOT NULL,
  origins VARCHAR(2000) CHARACTER SET ascii NOT NULL COMMENT 'pages that may embed it, separated by spaces',
  color CHAR(7) CHARACTER SET ascii NOT NULL DEFAULT '#3456c5',
  greeting VARCHAR(300) NOT NULL DEFAULT '' COMMENT 'Korean; empty: the usual words',
  greeting_en VARCHAR(300) NOT NULL DEFAULT '',
  categories VARCHAR(500) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'code_ids, separated by commas; empty: all',
  is_left TINYINT NOT NULL DEFAULT 0 COMMENT 'where the launcher stands',
  is_active TINYINT NOT NULL DEFAULT 1,
  cdate DATETIME(3) NOT NULL,
  udate DATETIME(3) NOT NULL,
  UNIQUE KEY uq_site_key (site_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE staff_category (
  member_id BIGINT NOT NULL,
  category_id INT NOT NULL,
  PRIMARY KEY (member_id, category_id),
  KEY idx_staff_category_category (category_id),
  CONSTRAINT fk_staff_category_member FOREIGN KEY (member_id) REFERENCES member (member_id),
  CONSTRAINT fk_staff_category_category FOREIGN KEY (category_id) REFERENCES code (code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='topics of the staff; none: all';

CREATE TABLE transcript_link (
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

CREATE TABLE search_token (
  token BIGINT NOT NULL COMMENT 'two characters, one, or a fact of the chat: lib/chat/search_text.h',
  block INT NOT NULL COMMENT 'session_no div 60',
  chats BIGINT NOT NULL COMMENT 'bit session_no mod 60: that chat may have it',
  PRIMARY KEY (token, block)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='filled behind the writers; whatever it finds is looked up in the messages';

CREATE TABLE search_state (
  state_id TINYINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (state_id = 1),
  claim UUID NULL COMMENT 'of who fills search_token now',
  claim_until DATETIME(3) NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE agent_state (
  member_id BIGINT NOT NULL PRIMARY KEY,
  chosen VARCHAR(12) CHARACTER SET ascii NOT NULL DEFAULT 'ONLINE' COMMENT 'by themselves, or by a supervisor for them: ONLINE, AWAY, NO_NEW_CHATS, OFFLINE',
  reason_id INT NULL COMMENT 'of AWAY as chosen',
  note VARCHAR(100) NOT NULL DEFAULT '' COMMENT 'the reason in the words of who set it',
  state VARCHAR(12) CHARACTER SET ascii NOT NULL DEFAULT 'OFFLINE' COMMENT 'what holds: OFFLINE while not here, AWAY while idle, else as chosen',
  since DATETIME(3) NOT NULL COMMENT 'of state',
  active DATETIME(3) NOT NULL COMMENT 'last sign of the person, not of the program',
  version BIGINT NOT NULL DEFAULT 1 COMMENT 'grows with each change: pushd tells what is new',
  chats_max INT NULL COMMENT 'chats at once; NULL: as configured',
  last_offer DATETIME(3) NULL COMMENT 'when a chat was last offered to them: whose turn it is',
  KEY fk_agent_state_reason (reason_id),
  CONSTRAINT fk_agent_state_member FOREIGN KEY (member_id) REFERENCES member (member_id),
  CONSTRAINT fk_agent_state_reason FOREIGN KEY (reason_id) REFERENCES code (code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE agent_state_log (
  log_no BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  member_id BIGINT NOT NULL,
  state VARCHAR(12) CHARACTER SET ascii NOT NULL,
  reason_id INT NULL COMMENT 'of AWAY',
  start_time DATETIME(3) NOT NULL,
  end_time DATETIME(3) NULL COMMENT 'NULL: it holds',
  by_id BIGINT NOT NULL COMMENT 'who set it; 1: the clock',
  KEY idx_agent_state_log_member (member_id, start_time),
  KEY idx_agent_state_log_time (start_time, end_time),
  CONSTRAINT fk_agent_state_log_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='stretches of one state, without a hole while a member has one';

CREATE TABLE unanswered_mail (
  session_no BIGINT NOT NULL PRIMARY KEY,
  cdate DATETIME(3) NOT NULL,
  CONSTRAINT fk_unanswered_mail_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='chats that were told to the staff by mail';

CREATE TABLE tag_word (
  tag_no INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  tag VARCHAR(40) NOT NULL,
  is_retired BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'offered no more; chats keep it',
  cdate DATETIME(3) NOT NULL,
  UNIQUE KEY uk_tag_word_tag (tag)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='tags that supervisors keep';

CREATE TABLE session_tag (
  session_no BIGINT NOT NULL,
  tag VARCHAR(40) NOT NULL,
  member_id BIGINT NOT NULL COMMENT 'who put it there',
  cdate DATETIME(3) NOT NULL,
  PRIMARY KEY (session_no, tag),
  KEY idx_session_tag_tag (tag, session_no),
  CONSTRAINT fk_session_tag_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no),
  CONSTRAINT fk_session_tag_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE auto_message (
  name VARCHAR(20) CHARACTER SET ascii NOT NULL PRIMARY KEY COMMENT 'GREETING, NOBODY, SILENT',
  is_on TINYINT NOT NULL DEFAULT 0,
  delay_s INT NOT NULL DEFAULT 0 COMMENT 'NOBODY: in the queue; SILENT: until the chat is closed',
  content VARCHAR(200) NOT NULL COMMENT 'Korean',
  content_en VARCHAR(200) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE session_auto (
  session_no BIGINT NOT NULL PRIMARY KEY,
  greeted TINYINT NOT NULL DEFAULT 0,
  nobody_time DATETIME(3) NULL COMMENT 'when it was said that nobody has come yet',
  warned_time DATETIME(3) NULL COMMENT 'when the silent customer was warned',
  warned_seq INT NOT NULL DEFAULT 0 COMMENT 'the message that was not answered then',
  CONSTRAINT fk_session_auto_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE site_secret (
  secret_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  site_id INT NOT NULL,
  kid VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  secret VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'as the site has it: an HMAC is made anew to be compared',
  cdate DATETIME(3) NOT NULL,
  UNIQUE KEY uq_site_secret_kid (site_id, kid),
  CONSTRAINT fk_site_secret_site FOREIGN KEY (site_id) REFERENCES site (site_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE site_member (
  member_id BIGINT NOT NULL PRIMARY KEY,
  site_id INT NOT NULL,
  subject VARBINARY(255) NOT NULL COMMENT 'sub of the JWT, byte by byte',
  cdate DATETIME(3) NOT NULL,
  UNIQUE KEY uq_site_member_subject (site_id, subject),
  CONSTRAINT fk_site_member_member FOREIGN KEY (member_id) REFERENCES member (member_id),
  CONSTRAINT fk_site_member_site FOREIGN KEY (site_id) REFERENCES site (site_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE site_jti (
  site_id INT NOT NULL,
  jti_hash BINARY(32) NOT NULL,
  expires DATETIME(3) NOT NULL COMMENT 'of the JWT: then it is refused anyway',
  PRIMARY KEY (site_id, jti_hash),
  KEY idx_site_jti_expires (expires),
  CONSTRAINT fk_site_jti_site FOREIGN KEY (site_id) REFERENCES site (site_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE push_subscription (
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

CREATE TABLE push_told (
  session_no BIGINT NOT NULL,
  queue_entered DATETIME(3) NOT NULL,
  PRIMARY KEY (session_no, queue_entered),
  KEY idx_push_told_entered (queue_entered),
  CONSTRAINT fk_push_told_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='stays in the queue that were told by web push';

CREATE TABLE push_outbox (
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

CREATE TABLE chat_offer (
  offer_no BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  session_no BIGINT NOT NULL,
  member_id BIGINT NOT NULL COMMENT 'to whom',
  cdate DATETIME(3) NOT NULL,
  KEY idx_chat_offer_session (session_no, cdate),
  KEY fk_chat_offer_member (member_id),
  CONSTRAINT fk_chat_offer_session FOREIGN KEY (session_no) REFERENCES chat_session (session_no),
  CONSTRAINT fk_chat_offer_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE category_routing (
  category_id INT NOT NULL PRIMARY KEY,
  mode VARCHAR(12) CHARACTER SET ascii NULL COMMENT 'pull, least-busy, round-robin, last-agent; NULL: as configured',
  priority INT NOT NULL DEFAULT 0 COMMENT 'higher is offered first',
  CONSTRAINT fk_category_routing_category FOREIGN KEY (category_id) REFERENCES code (code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
