#!/usr/bin/env node
// screenshots: the pictures of doc/screenshots, from a running system with demo data. Not a test:
//   t/browser/screenshots.mjs [FOLDER]        default doc/screenshots
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { visitor, sees, state } from '../lib/browser.mjs'
import { startSystem, top } from '../lib/system.mjs'
import { finish, test } from '../lib/tap.mjs'

const folder = process.argv[2] ?? path.join(top, 'doc/screenshots')
const phone = { width: 360, height: 740 }
const photo = fs.readFileSync(path.join(top, 't/browser/ink.png'))
fs.mkdirSync(folder, { recursive: true })

async function shoot(page, name) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' }) // no picture in the middle of a transition
    await page.screenshot({ path: path.join(folder, `${name}-${scheme}.png`) })
  }
}

await test('pictures of the customer and the agent, the history and the figures', async () => {
  const system = await startSystem({ set: { site_name: '달빛문구', send_rate: '1000/1s' } })
  const [customer, agent, admin] = [await visitor(system, { size: phone }), await visitor(system), await visitor(system)]
  await agent.signIn('agent@example.com')
  await state(agent.page, 'push')
  await customer.page.goto('/')
  await shoot(customer.page, 'start-ko-360')
  await customer.page.fill('[name=name], [name=nickname]', '이서연')
  await customer.page.locator('[name=categoryId]').first().check()
  await customer.page.fill('[name=title]', '주문번호 M-20261118-0472')
  await customer.page.click('footer button.main')
  await customer.page.waitForURL(/\/chat\//)
  await state(customer.page, 'push')
  await shoot(customer.page, 'waiting-ko-360')
  await agent.page.locator('text=이서연').first().waitFor()
  await shoot(agent.page, 'agent-waiting-ko-1280')
  await agent.page.locator('button', { hasText: '수락' }).first().click()
  await agent.page.waitForURL(/\/agent\/chat\//)
  await state(agent.page, 'push')
  const say = async (who, other, text) => {
    await who.page.fill('textarea[name=content]', text)
    await who.page.keyboard.press('Enter')
    await sees(other.page, text)
  }
  await say(agent, customer, '안녕하세요, 달빛문구입니다. 무엇을 도와드릴까요?')
  await say(customer, agent, '11월 18일에 주문한 만년필이 아직 도착하지 않았어요.')
  await say(agent, customer, '주문하신 만년필은 지금 수원 물류센터에 있습니다. 내일 오전에 도착할 예정이에요.')
  await say(customer, agent, '네, 감사합니다! 그런데 같이 받은 잉크가 이렇게 왔어요 😢')
  await customer.page.setInputFiles('input[type=file]', { name: '잉크.png', mimeType: 'image/png', buffer: photo })
  await agent.page.locator('[role=log] img').first().waitFor()
  await say(agent, customer, '불편을 드려 죄송합니다. 새 제품으로 바꿔 드릴게요.')
  await shoot(customer.page, 'chat-ko-360')
  await shoot(agent.page, 'agent-ko-1280')
  await agent.page.getByRole('button', { name: '상담 끝내기' }).first().click()
  await agent.page.locator('#end-dialog button.bad').click()
  await customer.page.locator('.stars label').nth(3).click()
  await shoot(customer.page, 'ended-ko-360')
  await customer.page.fill('[name=comment]', '빠르게 바꿔 주셔서 고맙습니다.')
  await customer.page.getByRole('button', { name: '평가 보내기' }).click()
  await customer.page.locator('.rated').waitFor()
  await customer.page.locator('#ended').getByRole('link', { name: '대화 내용' }).click()
  await customer.page.locator('.lines').waitFor()
  await shoot(customer.page, 'transcript-ko-360')
  await admin.signIn('admin@example.com')
  for (const name of ['history', 'dashboard']) {
    await admin.page.goto(`/${name}`)
    await shoot(admin.page, `${name}-ko-1280`)
  }
  await admin.page.goto('/history')
  await admin.page.locator('a[href^="/history/"]', { hasText: '이서연' }).first().click()
  await admin.page.locator('.stars-given').waitFor()
  await shoot(admin.page, 'history-chat-ko-1280')
}, { seconds: 180 })
await finish()
