-- 0025_create_agent_state: what each of the staff says of themselves (online, away and why, no new chats, offline), what holds, and how it was before.
-- Why: who is offered chats, who is away, and online_s and away_s of the figures are read from here. It takes the place of staff_state, which had no history and
-- knew nothing of who is gone. Locks: none. Back: drop both tables and the codes 180 to 185, and run 0017 again.
INSERT IGNORE INTO code (code_id, gcode, code, decode, decode_en, pcode, sort_no) VALUES
  (180, 'CHAT_AWAY_REASON', 'BREAK', '휴식', 'Break', NULL, 1),
  (181, 'CHAT_AWAY_REASON', 'MEAL', '식사', 'Meal', NULL, 2),
  (182, 'CHAT_AWAY_REASON', 'MEETING', '회의', 'Meeting', NULL, 3),
  (183, 'CHAT_AWAY_REASON', 'TRAINING', '교육', 'Training', NULL, 4),
  (184, 'CHAT_AWAY_REASON', 'OTHER_WORK', '다른 업무', 'Other work', NULL, 5),
  (185, 'CHAT_AWAY_REASON', 'IDLE', '입력 없음', 'No input', NULL, 6);

CREATE TABLE IF NOT EXISTS agent_state (
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
  CONSTRAINT fk_agent_state_member FOREIGN KEY (member_id) REFERENCES member (member_id),
  CONSTRAINT fk_agent_state_reason FOREIGN KEY (reason_id) REFERENCES code (code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS agent_state_log (
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

CREATE TABLE IF NOT EXISTS staff_state (member_id BIGINT NOT NULL PRIMARY KEY, state TINYINT NOT NULL, reason VARCHAR(100) NOT NULL, since DATETIME(3) NOT NULL);
INSERT IGNORE INTO agent_state (member_id, chosen, note, since, active)
  SELECT member_id, ELT(state + 1, 'ONLINE', 'NO_NEW_CHATS', 'AWAY'), reason, since, since FROM staff_state;
DROP TABLE staff_state;
