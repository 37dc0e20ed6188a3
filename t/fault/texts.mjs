// texts: what people say: mostly short, some long, up to the limit of 2000 code points, in Hangul, Latin and emoji.
const words = ['안녕하세요', '배송이', '언제', '오나요?', '주문 번호는', '확인해', '드릴게요.', '감사합니다', '👋', '👩‍👩‍👧', '🇰🇷', 'refund', 'please', '1+1<2 & "따옴표"', '가\u1100\u1161\u11a8',
  'ㅋㅋㅋ', '네', '잠시만요…', '\ttab', '줄\n바꿈', "it's", '값=100%', '\\u0000', '😀😃😄', 'ñ é', '日本語', '%s%n', '</script>']

export function text(random) {
  const size = random.chance(0.01) ? 1950 : random.chance(0.05) ? 500 : random.int(3, 60)
  let all = ''
  while ([...all].length < size) all += `${random.pick(words)} `
  return [...all].slice(0, size).join('')
}
