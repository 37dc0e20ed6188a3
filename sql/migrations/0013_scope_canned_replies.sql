-- 0013_scope_canned_replies: the language of a canned reply, and a shortcut that stands once for each owner, category and language.
-- Why: who types a shortcut means one reply. Locks: canned_reply for a copy; it has no rows yet. Back: drop the key, both generated columns and lang.
ALTER TABLE canned_reply
  ADD COLUMN IF NOT EXISTS lang CHAR(2) CHARACTER SET ascii NOT NULL DEFAULT '' COMMENT 'ko, en; empty: any' AFTER category_id,
  ADD COLUMN IF NOT EXISTS owner_id BIGINT GENERATED ALWAYS AS (IFNULL(member_id, 0)) VIRTUAL COMMENT '0: shared, so that the key holds',
  ADD COLUMN IF NOT EXISTS place_id INT GENERATED ALWAYS AS (IFNULL(category_id, 0)) VIRTUAL,
  ADD UNIQUE KEY IF NOT EXISTS uq_canned_reply_shortcut (owner_id, place_id, lang, shortcut);
