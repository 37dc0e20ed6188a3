-- 0028_index_offers: which chats are handed on to somebody.
-- Why: they count in how many chats an agent may have, which is looked at for each offer. Locks: none (INPLACE). Back: drop the index.
ALTER TABLE chat_session
  ADD INDEX IF NOT EXISTS idx_chat_session_offer (offer_admin_id, status_id, offer_until);
