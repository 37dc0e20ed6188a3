-- 0017_create_staff_state: what a member of the staff is ready for, as the board shows and sets it; for whom nothing stands here is here.
-- Locks: none. Back: drop the table.
CREATE TABLE IF NOT EXISTS staff_state (
  member_id BIGINT NOT NULL PRIMARY KEY,
  state TINYINT NOT NULL COMMENT '0 here, 1 no new chats, 2 away',
  reason VARCHAR(100) NOT NULL DEFAULT '',
  since DATETIME(3) NOT NULL,
  by_member_id BIGINT NOT NULL COMMENT 'who set it',
  CONSTRAINT fk_staff_state_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='what the staff are ready for';
