-- 0029_create_tag_word: the tags that a site's supervisors keep for all.
-- Why: free words of many hands drift apart. Locks: none. Back: DROP TABLE; tags on chats stay as they are.
CREATE TABLE IF NOT EXISTS tag_word (
  tag_no INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  tag VARCHAR(40) NOT NULL,
  is_retired BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'offered no more; chats keep it',
  cdate DATETIME(3) NOT NULL,
  UNIQUE KEY uk_tag_word_tag (tag)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='tags that supervisors keep';
