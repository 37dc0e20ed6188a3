-- 0014_create_staff_category: which topics an agent answers; for whom nothing stands here, all of them.
-- Locks: none. Back: drop the table.
CREATE TABLE IF NOT EXISTS staff_category (
  member_id BIGINT NOT NULL,
  category_id INT NOT NULL,
  PRIMARY KEY (member_id, category_id),
  KEY idx_staff_category_category (category_id),
  CONSTRAINT fk_staff_category_member FOREIGN KEY (member_id) REFERENCES member (member_id),
  CONSTRAINT fk_staff_category_category FOREIGN KEY (category_id) REFERENCES code (code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='topics of the staff; none: all';
