-- 0008_revise_messages: a message that was edited or deleted names the EDIT or REDACT row that holds now, so that no reader is given the old text by
-- whichever door, and needs no look ahead in the log. The old text stays in its row. target_seq is also what a message quotes. Locks: none to speak of
-- (instant). Back: ALTER TABLE chat_message DROP COLUMN revised_seq.
ALTER TABLE chat_message
  MODIFY COLUMN target_seq INT NULL COMMENT 'of EDIT and REDACT: the row meant; of a message: the row that it quotes',
  ADD COLUMN IF NOT EXISTS revised_seq INT NULL COMMENT 'the EDIT or REDACT row that holds for this one' AFTER target_seq;
