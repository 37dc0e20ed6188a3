-- 0002_insert_codes: the code groups, the system member and this installation's epoch.
-- Why: existing pages send these numbers (contract.md, Database). Locks: none. Back: drop the database.

INSERT INTO code (code_id, gcode, code, decode, decode_en, pcode, sort_no) VALUES
  (1, 'CHAT_SESSION_STATUS', 'WAITING', '대기 중', 'Waiting', NULL, 1),
  (2, 'CHAT_SESSION_STATUS', 'ACTIVE', '상담 중', 'Active', NULL, 2),
  (3, 'CHAT_SESSION_STATUS', 'COMPLETED', '상담 완료', 'Completed', NULL, 3),
  (4, 'CHAT_SESSION_STATUS', 'DISCONNECTED', '일시 이탈', 'Away', NULL, 4),
  (11, 'CHAT_MESSAGE_TYPE', 'NORMAL', '일반', 'Normal', NULL, 1),
  (12, 'CHAT_MESSAGE_TYPE', 'SYSTEM', '시스템', 'System', NULL, 2),
  (13, 'CHAT_MESSAGE_TYPE', 'FILE', '파일', 'File', NULL, 3),
  (144, 'CHAT_EXIT_REASON', 'SOLVED', '문의 해결', 'Solved', NULL, 1),
  (145, 'CHAT_EXIT_REASON', 'UNSATISFIED', '답변 불만족', 'Not satisfied', NULL, 2),
  (146, 'CHAT_EXIT_REASON', 'OTHER_METHOD', '다른 방법으로 문의', 'Another way', NULL, 3),
  (147, 'CHAT_EXIT_REASON', 'LATER', '나중에 다시 문의', 'Later', NULL, 4),
  (148, 'CHAT_EXIT_REASON', 'PHONE', '전화 상담', 'By phone', NULL, 5),
  (149, 'CHAT_EXIT_REASON', 'JUST_EXIT', '그냥 나가기', 'Just leaving', NULL, 6),
  (150, 'CHAT_EXIT_REASON', 'WINDOW_CLOSED', '창 닫힘', 'Window closed', NULL, 7),
  (151, 'CHAT_EXIT_REASON', 'CANCELLED', '요청 취소', 'Cancelled', NULL, 8),
  (152, 'CHAT_EXIT_REASON', 'TIMEOUT', '시간 초과', 'Timed out', NULL, 9),
  (153, 'CHAT_EXIT_REASON', 'TRANSFERRED', '이관', 'Transferred', NULL, 10),
  (160, 'CHAT_DISCONNECT_REASON', 'PAGE_HIDE', '화면 전환', 'Page hidden', NULL, 1),
  (161, 'CHAT_DISCONNECT_REASON', 'PAGE_UNLOAD', '페이지 닫기', 'Page closed', NULL, 2),
  (162, 'CHAT_DISCONNECT_REASON', 'WINDOW_BLUR', '다른 창으로 이동', 'Another window', NULL, 3),
  (163, 'CHAT_DISCONNECT_REASON', 'NETWORK_ERROR', '네트워크 오류', 'Network error', NULL, 4),
  (164, 'CHAT_DISCONNECT_REASON', 'UNKNOWN', '알 수 없음', 'Unknown', NULL, 5);

INSERT INTO code (code_id, gcode, code, decode, decode_en, pcode, sort_no) VALUES
  (200, 'CHAT_CATEGORY', 'DELIVERY', '배송', 'Delivery', NULL, 1),
  (201, 'CHAT_CATEGORY', 'EXCHANGE', '교환·반품', 'Exchange and return', NULL, 2),
  (202, 'CHAT_CATEGORY', 'ORDER', '주문·결제', 'Order and payment', NULL, 3),
  (203, 'CHAT_CATEGORY', 'PRODUCT', '상품 문의', 'Products', NULL, 4),
  (204, 'CHAT_CATEGORY', 'ACCOUNT', '회원·적립금', 'Account and points', NULL, 5),
  (205, 'CHAT_CATEGORY', 'OTHER', '그 밖의 문의', 'Something else', NULL, 6);

INSERT INTO member (member_id, email, nickname, gubun, status, cdate, udate)
  VALUES (1, NULL, 'SYSTEM', 0, 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));

INSERT INTO installation (installation_id, epoch, cdate) VALUES (1, UUID(), UTC_TIMESTAMP(3));
