-- 0011_index_audit_log: the audit page filters by action and object and pages by number; the list of members filters by role.
-- Why: without these, a rare action among millions of rows, or the staff among the guests, is looked for row by row. Locks: none for writers (online). Back: drop the keys.
ALTER TABLE audit_log
  ADD KEY IF NOT EXISTS idx_audit_log_action (action, audit_no),
  ADD KEY IF NOT EXISTS idx_audit_log_target (target, audit_no);
ALTER TABLE member
  ADD KEY IF NOT EXISTS idx_member_gubun (gubun, member_id);
