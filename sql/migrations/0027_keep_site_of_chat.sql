-- 0027_keep_site_of_chat: from which site's page a chat came, and which page that was.
-- Why: agents could not see it. Locks: none (INSTANT). Back: drop both columns.
ALTER TABLE chat_session
  ADD COLUMN IF NOT EXISTS site_id INT NULL COMMENT 'whose page it was begun in (site); NULL: our own',
  ADD COLUMN IF NOT EXISTS site_page VARCHAR(300) NULL COMMENT 'that page, as the site names it';
