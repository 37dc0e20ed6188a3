-- 0018_offer_and_hold_chats: a chat that is offered to a colleague or to those of a topic, and when a chat on hold wakes up.
-- Why: who hands a chat on keeps it until it is taken; both stand in the chat's own row, so that its lock decides every race. Locks: none (INSTANT). Back: drop the columns.
ALTER TABLE chat_session
  ADD COLUMN IF NOT EXISTS hold_until DATETIME(3) NULL COMMENT 'when a chat on hold wakes up; on hold while hold_since is set',
  ADD COLUMN IF NOT EXISTS offer_admin_id BIGINT NULL COMMENT 'the colleague to whom it is offered; NULL: to those of offer_category_id',
  ADD COLUMN IF NOT EXISTS offer_category_id INT NULL COMMENT 'its topic once it is taken; NULL: as it is',
  ADD COLUMN IF NOT EXISTS offer_note_id BIGINT NULL COMMENT 'the internal note that goes with it',
  ADD COLUMN IF NOT EXISTS offer_until DATETIME(3) NULL COMMENT 'set while it is offered; then the offer is over';
