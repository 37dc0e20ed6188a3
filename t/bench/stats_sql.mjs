// stats_sql: the questions of the figures in plain SQL over the raw rows, as somebody would ask them who has nothing added up, and the indexes that serve them best:
// chats by cdate with all that is asked of a chat, messages of a chat by side with their time, so that no question touches a row behind its index.

export const sqlIndexes = [
  'CREATE INDEX IF NOT EXISTS bench_session ON chat_session (cdate, status_id, category_id, admin_id, accept_time, end_time, hold_ms, ended_by, abandoned)',
  'CREATE INDEX IF NOT EXISTS bench_message ON chat_message (session_no, sender_type, kind, cdate, sender_id)',
]

const chats = `SELECT session_no, cdate, category_id, admin_id, end_time, hold_ms, TIMESTAMPDIFF(MICROSECOND, cdate, accept_time) / 1e6 AS wait_s,
  TIMESTAMPDIFF(MICROSECOND, accept_time, end_time) / 1e6 - hold_ms / 1e3 AS handle_s, TIMESTAMPDIFF(MICROSECOND, cdate, end_time) / 1e6 AS dur_s,
  (SELECT MIN(m.cdate) FROM chat_message m WHERE m.session_no = s.session_no AND m.sender_type = 'M' AND m.kind IN ('TEXT', 'FILE')) AS asked
  FROM chat_session s WHERE s.cdate >= :from AND s.cdate < :to`
const answered = `SELECT c.*, TIMESTAMPDIFF(MICROSECOND, asked, (SELECT MIN(m.cdate) FROM chat_message m WHERE m.session_no = c.session_no AND m.sender_type = 'A' AND m.kind IN ('TEXT', 'FILE')
  AND m.cdate >= c.asked)) / 1e6 AS frt_s FROM (${chats}) c`
const measures = key => `SELECT DISTINCT ${key} AS k, COUNT(*) OVER w AS n, AVG(wait_s) OVER w AS wait_mean, MAX(wait_s) OVER w AS wait_max,
  PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY wait_s) OVER (PARTITION BY ${key}) AS wait_median, PERCENTILE_DISC(0.9) WITHIN GROUP (ORDER BY wait_s) OVER (PARTITION BY ${key}) AS wait_p90,
  PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY frt_s) OVER (PARTITION BY ${key}) AS frt_median, PERCENTILE_DISC(0.9) WITHIN GROUP (ORDER BY frt_s) OVER (PARTITION BY ${key}) AS frt_p90,
  PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY handle_s) OVER (PARTITION BY ${key}) AS handle_median, PERCENTILE_DISC(0.9) WITHIN GROUP (ORDER BY dur_s) OVER (PARTITION BY ${key}) AS dur_p90
  FROM (${answered}) a WINDOW w AS (PARTITION BY ${key})`

export const QUESTIONS = {
  summary: measures('1'),
  agents: measures('admin_id'),
  categories: measures('category_id'),
  'weekday and hour': measures("WEEKDAY(CONVERT_TZ(cdate, '+00:00', '+09:00')) * 24 + HOUR(CONVERT_TZ(cdate, '+00:00', '+09:00'))"),
}
