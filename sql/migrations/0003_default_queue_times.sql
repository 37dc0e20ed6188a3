-- 0003_default_queue_times: a chat that is put in without them came into the queue when it was requested.
-- Why: rows from other systems and by hand know the seed's columns only. Locks: none to speak of (metadata). Back: ALTER COLUMN ... DROP DEFAULT.
ALTER TABLE chat_session ALTER COLUMN queue_since SET DEFAULT (cdate), ALTER COLUMN queue_entered SET DEFAULT (cdate), ALTER COLUMN udate SET DEFAULT (cdate);
