/* The demo: 달빛문구 (Dalbit Stationery), a shop that sells pens and paper. Everything here is made up. */
#include "ctl/sangdamctl/demo_data.h"

const struct demo_member demo_accounts[DEMO_ACCOUNTS] = {
    {"customer@example.com", "김하늘", ROLE_CUSTOMER, NULL},
    {"customer2@example.com", "Emma Clark", ROLE_CUSTOMER, NULL},
    {"agent@example.com", "한지수", ROLE_AGENT, NULL},
    {"agent2@example.com", "오세린", ROLE_AGENT, NULL},
    {"admin@example.com", "윤도현", ROLE_ADMIN, NULL},
};

const struct demo_member demo_others[] = {
    {"minjae.seo@example.net", "서민재", ROLE_AGENT, "ko"},
    {"seojun.lee@example.net", "이서준", ROLE_CUSTOMER, "ko"},
    {"jiwoo.park@example.net", "박지우", ROLE_CUSTOMER, "ko"},
    {"minseo.choi@example.net", "최민서", ROLE_CUSTOMER, "ko"},
    {"james.carter@example.net", "James Carter", ROLE_CUSTOMER, "en"},
    {"doyun.jung@example.net", "정도윤", ROLE_CUSTOMER, "ko"},
    {"seoyeon.kang@example.net", "강서연", ROLE_CUSTOMER, "ko"},
    {"yejun.cho@example.net", "조예준", ROLE_CUSTOMER, "ko"},
    {"haeun.yun@example.net", "윤하은", ROLE_CUSTOMER, "ko"},
    {"sofia.rossi@example.net", "Sofia Rossi", ROLE_CUSTOMER, "en"},
    {"juwon.lim@example.net", "임주원", ROLE_CUSTOMER, "ko"},
    {"chaewon.oh@example.net", "오채원", ROLE_CUSTOMER, "ko"},
    {"siwoo.han@example.net", "한시우", ROLE_CUSTOMER, "ko"},
    {"yuna.shin@example.net", "신유나", ROLE_CUSTOMER, "ko"},
    {"priya.nair@example.net", "Priya Nair", ROLE_CUSTOMER, "en"},
    {"gaeul.bae@example.net", "배가을", ROLE_CUSTOMER, "ko"},
    {"taeo.moon@example.net", "문태오", ROLE_CUSTOMER, "ko"},
};
const size_t demo_others_n = sizeof demo_others / sizeof demo_others[0];

static const char *const talk_0[] = {
    "M 안녕하세요, 지난주 목요일에 주문한 만년필이 아직 도착하지 않았어요.",
    "A 안녕하세요, 달빛문구입니다. 기다리게 해 드려 죄송합니다. 주문 번호를 알려 주시겠어요?",
    "M 2411-08832 입니다.",
    "A 확인했습니다. 오늘 오전에 대전 허브를 출발해서 내일 오후에 도착할 예정입니다.",
    "M 내일이면 괜찮아요. 선물이라 걱정했거든요.",
    "A 선물이시군요! 도착이 늦어지면 바로 문자로 알려 드리겠습니다.",
    "M 감사합니다 😊",
    "A 감사합니다. 좋은 하루 보내세요!",
};
static const char *const talk_1[] = {
    "M 별밤 노트를 네이비로 주문했는데 회색이 왔어요.",
    "A 저런, 잘못 보내 드린 것 같습니다. 받으신 노트의 사진이 있으신가요?",
    "M 지금은 밖이라서 저녁에 보낼 수 있어요.",
    "A 괜찮습니다. 송장 번호로 확인해 보니 저희 쪽 포장 실수가 맞습니다. 네이비로 다시 보내 드릴게요.",
    "M 회색은 어떻게 하면 되나요?",
    "A 기사님이 새 상품을 가져갈 때 함께 회수합니다. 배송비는 없습니다.",
    "M 빠르게 처리해 주셔서 고맙습니다.",
    "A 네, 언제든 다시 찾아 주세요.",
};
static const char *const talk_2[] = {
    "M 같은 금액이 두 번 결제됐다는 문자가 왔어요. 32,500원이요.",
    "A 많이 놀라셨겠어요. 결제 내역을 바로 확인하겠습니다. 잠시만 기다려 주세요.",
    "A 첫 번째 결제는 승인 시간 초과로 자동 취소되었습니다. 카드사에서는 영업일 기준 2~3일 안에 취소 문자가 갑니다.",
    "M 그럼 실제로는 한 번만 나가는 거죠?",
    "A 네, 한 번만 청구됩니다. 취소 확인서를 메일로도 보내 드릴까요?",
    "M 네, 부탁드려요.",
    "A 도움이 되었다니 다행입니다. 감사합니다!",
};
static const char *const talk_3[] = {
    "M 만년필을 처음 써 보려고 하는데 어떤 게 좋을까요?",
    "A 반갑습니다! 글씨를 크게 쓰시는 편인가요, 작게 쓰시는 편인가요?",
    "M 작게 쓰는 편이에요. 다이어리에 주로 써요.",
    "A 그러면 EF촉을 권해 드려요. ‘달빛 01’은 가볍고 2만 원대라 처음 쓰시기에 좋습니다.",
    "M 잉크도 따로 사야 하나요?",
    "A 카트리지 두 개가 들어 있습니다. 다 쓰신 뒤에는 컨버터를 끼우면 병잉크도 쓸 수 있어요.",
    "M 색은 뭐가 제일 인기 있어요?",
    "A 요즘은 ‘새벽하늘’ 색이 가장 많이 나갑니다.",
    "M 그걸로 할게요. 감사합니다!",
    "A 달빛문구를 찾아 주셔서 감사합니다 😊",
};
static const char *const talk_4[] = {
    "M 적립금이 4,000원 있었는데 오늘 보니 0원이에요.",
    "A 확인해 드리겠습니다. 지난달 말에 만료 안내 메일을 보내 드렸는데 받으셨을까요?",
    "M 스팸함에 있었네요… 못 봤어요.",
    "A 이번 한 번은 복구해 드리겠습니다. 다음 달 말일까지 쓰실 수 있어요.",
    "M 정말요? 감사합니다.",
    "A 네, 지금 4,000원이 다시 들어갔습니다. 더 도와드릴 일이 있을까요?",
    "M 아니요, 충분해요.",
    "A 감사합니다. 좋은 하루 보내세요!",
};
static const char *const talk_5[] = {
    "M 회사에서 다이어리 120권을 이름 각인해서 주문하고 싶어요.",
    "A 감사합니다. 각인은 한 권당 2,000원이고 100권 이상은 10% 할인됩니다.",
    "M 납기는 얼마나 걸리나요?",
    "A 시안 확정 뒤 영업일 기준 7일입니다.",
    "M 내부에서 의논해 보고 다시 연락드릴게요.",
    "A 네, 견적서를 메일로 보내 드리겠습니다. 언제든 다시 찾아 주세요.",
};
static const char *const talk_6[] = {
    "M Hi! Do you ship to Canada?",
    "A Hello, and welcome to Dalbit Stationery! Yes, we do. It takes 7 to 10 business days.",
    "M How much would it be for three notebooks?",
    "A For up to 1 kg it is 18,000 won, about 18 Canadian dollars. You will see the exact price before you pay.",
    "M Perfect. Can I pay with PayPal?",
    "A Yes, PayPal and all major cards work.",
    "M Great, thank you!",
    "A You are welcome. Have a nice day!",
};
static const char *const talk_7[] = {
    "M The nib of my fountain pen arrived bent.",
    "A I am so sorry. Could you tell me the order number?",
    "M It's 2411-09017.",
    "A Thank you. A new one leaves our shop today, and you need not send the old one back.",
    "M Wow, that was quick. Thanks a lot!",
    "A You're welcome. Enjoy your pen!",
};
static const char *const talk_8[] = {
    "M 방금 주문했는데 주소를 잘못 적었어요. 바꿀 수 있나요?",
    "A 아직 포장 전이라 바꿀 수 있습니다. 새 주소를 알려 주세요.",
    "M 서울시 마포구 와우산로 94, 302호예요.",
    "A 변경했습니다. ‘서울시 마포구 와우산로 94, 302호’ 맞으시죠?",
    "M 네 맞아요. 다행이다…",
    "A 오늘 오후에 출고됩니다. 좋은 하루 보내세요!",
};
static const char *const talk_9[] = {
    "M 겨울 한정 마스킹테이프는 다시 안 들어오나요?",
    "A 다음 주 화요일 오전 10시에 마지막으로 300개가 들어옵니다.",
    "M 알림을 받을 수 있을까요?",
    "A 네, 상품 화면의 종 모양 단추를 누르시면 재입고 때 문자로 알려 드립니다.",
    "M 눌렀어요! 감사합니다.",
    "A 도움이 되었다니 다행입니다. 감사합니다!",
};
static const char *const talk_10[] = {
    "M 비밀번호를 잊어버렸는데 메일이 안 와요.",
    "A 혹시 가입하신 메일 주소가 바뀌었나요?",
    "M 네, 회사를 옮겨서 예전 메일을 못 봐요.",
    "A 그렇다면 본인 확인이 필요합니다. 고객센터 전화로 도와드리는 편이 빠를 것 같아요. 지금 통화 괜찮으신가요?",
    "M 네, 괜찮아요.",
    "A 그럼 바로 전화드리겠습니다.",
};
static const char *const talk_11[] = {
    "M 상자가 찢어져서 왔고 스티커가 다 구겨졌어요.",
    "A 불편을 드려 죄송합니다. 사진을 보내 주실 수 있을까요?",
    "M 이미 버렸는데요.",
    "A 사진이 없으면 택배사에 바로 보상을 요청하기가 어렵습니다. 저희가 먼저 확인해 보고 연락드리겠습니다.",
    "M 좀 답답하네요. 알겠습니다.",
    "A 죄송합니다. 확인하는 대로 바로 연락드리겠습니다.",
};
static const char *const talk_12[] = {
    "M 현금영수증을 사업자 번호로 바꿀 수 있나요?",
    "A 네, 결제하신 달 안에는 바꿀 수 있습니다. 사업자 번호를 알려 주세요.",
    "M 123-45-67890 입니다.",
    "A 변경해 드렸습니다. 내일 국세청에서 확인하실 수 있어요.",
    "M 감사합니다.",
    "A 감사합니다. 좋은 하루 보내세요!",
};
static const char *const talk_13[] = {
    "M 가방에 넣어 두면 만년필 잉크가 새요.",
    "A 비행기를 타셨거나 온도 차가 컸나요?",
    "M 어제 제주도에 다녀왔어요!",
    "A 기압 차이로 그럴 수 있습니다. 잉크를 가득 채우거나 비우고, 촉을 위로 세워 두시면 괜찮습니다.",
    "M 아하, 고장은 아니군요.",
    "A 네, 미지근한 물로 한 번 씻어 주시면 새것처럼 됩니다.",
};
static const char *const talk_14[] = {
    "M 연남동 매장에서 직접 찾아도 되나요?",
    "A 네, 주문하실 때 ‘매장 수령’을 고르시면 두 시간 뒤부터 찾으실 수 있습니다.",
    "M 몇 시까지 여세요?",
    "A 평일은 저녁 8시, 주말은 9시까지입니다.",
    "M 오늘 갈게요 :)",
    "A 네, 언제든 다시 찾아 주세요.",
};
static const char *const talk_15[] = {
    "M Do you offer gift wrapping?",
    "A We do! It is 1,500 won, in hanji paper, with a hand-written card.",
    "M Could the card be in Korean? It's for my mother-in-law.",
    "A Of course. Please write the text in the order note; we will write it neatly.",
    "M 고마워요! I'm learning :)",
    "A 정말 잘하시네요! Have a lovely day.",
};
static const char *const talk_16[] = {
    "M 가을 쿠폰이 장바구니에서 적용이 안 돼요.",
    "A 가을 쿠폰은 3만 원 이상에 쓸 수 있습니다. 지금 장바구니가 28,900원이네요.",
    "M 아 그렇군요. 지우개 하나 더 담을게요.",
    "A 네, 그러면 바로 적용됩니다.",
    "M 됐어요! ㅎㅎ",
    "A 도움이 되었다니 다행입니다. 감사합니다!",
};
static const char *const talk_17[] = {
    "M 달빛 다이어리 리필이 A5 6공 바인더에 맞나요?",
    "A 네, 국내 표준 6공 규격입니다. 혹시 어느 회사 바인더를 쓰세요?",
    "M 일본에서 산 거라 잘 모르겠어요.",
    "A 구멍 간격이 19mm면 맞습니다. 자세한 건 전화로 안내해 드릴까요?",
    "M 네, 전화 주세요.",
    "A 달빛문구를 찾아 주셔서 감사합니다 😊",
};
static const char *const talk_18[] = {
    "M 배송 조회가 사흘째 같은 곳에 멈춰 있어요.",
    "A 확인해 보니 택배사 분류가 늦어지고 있습니다. 죄송합니다.",
    "M 모레 시험이라 형광펜이 꼭 필요해요.",
    "A 그러면 매장 재고로 오늘 퀵으로 다시 보내 드리겠습니다. 비용은 저희가 부담합니다.",
    "M 헉 정말요? 너무 감사합니다!",
    "A 시험 잘 보세요! 응원하겠습니다.",
};
static const char *const talk_19[] = {
    "M 수채화 종이 300g 재고 있나요?",
    "A 네, A4와 A3 모두 있습니다.",
    "M 그럼 A2도 있을까요?",
};

#define TALK(title, category, reason, by, wait, lines) {title, category, reason, by, wait, lines, sizeof lines / sizeof lines[0]}
#define SILENCE(title, category, reason, by, wait) {title, category, reason, by, wait, NULL, 0}
const struct demo_talk demo_talks[] = {
    TALK("주문한 만년필이 아직 안 왔어요", 200, 144, 'M', 18, talk_0),
    TALK("노트 색상 교환 문의", 201, 144, 'A', 25, talk_1),
    TALK("카드 결제가 두 번 됐어요", 202, 144, 'M', 12, talk_2),
    TALK("만년필 입문용 추천 부탁드려요", 203, 144, 'M', 31, talk_3),
    TALK("적립금이 사라졌어요", 204, 144, 'A', 44, talk_4),
    TALK("단체 주문 견적", 202, 147, 'M', 52, talk_5),
    TALK("Shipping to Canada", 200, 144, 'M', 21, talk_6),
    TALK("Broken nib", 201, 144, 'A', 37, talk_7),
    TALK("배송지 변경", 200, 144, 'M', 9, talk_8),
    TALK("품절 상품 재입고", 203, 144, 'M', 63, talk_9),
    TALK("비밀번호를 잊어버렸어요", 204, 146, 'A', 28, talk_10),
    TALK("포장이 찢어져서 왔습니다", 201, 145, 'M', 140, talk_11),
    TALK("영수증 발급", 202, 144, 'M', 15, talk_12),
    TALK("잉크가 새요", 203, 144, 'A', 33, talk_13),
    TALK("방문 수령 가능한가요", 205, 144, 'M', 19, talk_14),
    TALK("Gift wrapping", 205, 144, 'M', 26, talk_15),
    TALK("쿠폰이 적용되지 않아요", 202, 144, 'M', 22, talk_16),
    TALK("리필 규격 문의", 203, 148, 'A', 71, talk_17),
    TALK("배송이 멈춰 있어요", 200, 144, 'A', 58, talk_18),
    TALK("마지막 질문에 답이 없었어요", 203, 149, 'S', 35, talk_19),
    SILENCE("기다리다 나감", 205, 151, 'M', 240),
    SILENCE("주문 취소", 202, 151, 'M', 410),
    SILENCE("심야 문의", 205, 152, 'S', 1800),
};
const size_t demo_talks_n = sizeof demo_talks / sizeof demo_talks[0];
