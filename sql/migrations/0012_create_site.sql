-- 0012_create_site: the sites that may show the chat in a frame, and how it looks there.
-- Why: a company puts the chat on its own pages. Locks: nothing that exists. Back: DROP TABLE site.
CREATE TABLE IF NOT EXISTS site (
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
