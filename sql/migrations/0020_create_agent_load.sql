-- 0020_create_agent_load: what agents had to do (lib/chat/stats_load.h): the stretches in which they had chats and were connected, and their sums by day. Chats that
-- were fixed before have no stretches: `sangdamctl stats rebuild` makes them. Locks nothing. Back: drop what is made here.
CREATE TABLE IF NOT EXISTS chat_duty (
  day INT NOT NULL COMMENT 'UTC, since 1970: a stretch is cut at midnight',
  member_id BIGINT NOT NULL,
  session_no BIGINT NOT NULL,
  since DATETIME(3) NOT NULL,
  is_away TINYINT NOT NULL COMMENT '1: away from the chat meanwhile',
  until DATETIME(3) NOT NULL,
  PRIMARY KEY (day, member_id, session_no, since, is_away),
  KEY idx_chat_duty_session (session_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='which agent had which chat, of chats that are over';
CREATE TABLE IF NOT EXISTS staff_stretch (
  day INT NOT NULL COMMENT 'as in chat_duty',
  member_id BIGINT NOT NULL,
  since DATETIME(3) NOT NULL,
  until DATETIME(3) NOT NULL,
  PRIMARY KEY (day, member_id, since)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='when members of the staff were connected';
CREATE TABLE IF NOT EXISTS agent_day (
  day INT NOT NULL PRIMARY KEY,
  dirty TINYINT NOT NULL COMMENT '1: its agent_load is older than its stretches'
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE IF NOT EXISTS agent_load (
  day INT NOT NULL,
  member_id BIGINT NOT NULL,
  chat_ms BIGINT NOT NULL COMMENT 'time of all chats',
  busy_ms BIGINT NOT NULL COMMENT 'time with at least one',
  most INT NOT NULL COMMENT 'chats at once',
  online_ms BIGINT NOT NULL,
  away_ms BIGINT NOT NULL,
  PRIMARY KEY (day, member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='what a day of UTC adds up to';
