-- 0006_create_chat_figure: figures of a chat are fixed once it is over (chat_figure), and sums of them are kept by hour, day and month (stats_block,
-- stats_cell), so that an answer about two years reads some hundred rows instead of all messages. figured marks the chats whose row is there and right; all
-- others are computed from their messages. stats_hour was never written. Locks: chat_session while the index is built. Back: drop what is made here.
ALTER TABLE chat_session ADD COLUMN IF NOT EXISTS figured TINYINT NOT NULL DEFAULT 0 COMMENT '1: its row in chat_figure is right' AFTER previous_session_id,
  ADD KEY IF NOT EXISTS idx_chat_session_figured (figured, status_id, cdate);
CREATE TABLE IF NOT EXISTS chat_figure (
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
CREATE TABLE IF NOT EXISTS stats_block (
  level TINYINT NOT NULL COMMENT '0 hour (UTC), 1 day, 2 month, 3 weekday-hours of a month (zone of stats_zone)',
  start DATETIME NOT NULL COMMENT 'UTC',
  dirty TINYINT NOT NULL COMMENT '1: its cells are older than its chats',
  PRIMARY KEY (level, start),
  KEY idx_stats_block_dirty (dirty, level, start)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE IF NOT EXISTS stats_cell (
  level TINYINT NOT NULL,
  dim TINYINT NOT NULL COMMENT '0 all, 1 by category, 2 by agent',
  start DATETIME NOT NULL,
  slot SMALLINT NOT NULL DEFAULT 0 COMMENT 'level 3: weekday * 24 + hour',
  id BIGINT NOT NULL DEFAULT 0,
  is_open TINYINT NOT NULL,
  sums BLOB NOT NULL COMMENT 'counts, sums and histograms',
  PRIMARY KEY (level, dim, start, slot, id, is_open)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE IF NOT EXISTS stats_zone (
  zone_id TINYINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (zone_id = 1),
  name VARCHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'of the days and months of stats_block'
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
DROP TABLE IF EXISTS stats_hour;
