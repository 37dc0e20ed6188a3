-- 0009_place_internal_notes: where a note stands in the chat's log, and the key by which a repeated one is known.
-- Why: pages show notes between the rows, and a note whose answer was lost is sent again. Locks: internal_note for a copy. Back: drop the key and both columns.
ALTER TABLE internal_note
  ADD COLUMN IF NOT EXISTS after_seq INT NOT NULL DEFAULT 0 COMMENT 'the head when it was written: it stands behind this row' AFTER content,
  ADD COLUMN IF NOT EXISTS client_note_id UUID NULL AFTER after_seq,
  ADD UNIQUE KEY IF NOT EXISTS uq_internal_note_client (session_no, member_id, client_note_id);
