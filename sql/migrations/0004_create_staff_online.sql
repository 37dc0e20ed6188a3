-- 0004_create_staff_online: which of the staff hold a push connection.
-- Why: connections are known to pushd alone, but "agents online" is asked in the statistics and on the customer's page. Locks: none. Back: DROP TABLE.
CREATE TABLE IF NOT EXISTS staff_online (
  member_id BIGINT NOT NULL PRIMARY KEY,
  seen DATETIME(3) NOT NULL COMMENT 'pushd writes it anew every 20 s while the member is connected',
  CONSTRAINT fk_staff_online_member FOREIGN KEY (member_id) REFERENCES member (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
