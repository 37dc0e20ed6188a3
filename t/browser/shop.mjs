// shop: another site's page that has the loader's tag, on a server of its own, for pictures.
import http from 'node:http'
import { cleanup } from '../lib/tap.mjs'

const style = `body { margin: 0; font: 1rem/1.6 "Noto Sans CJK KR", sans-serif; background: #faf8f4; color: #25221d }
header { display: flex; gap: 2rem; padding: 1.2rem 2rem; border-bottom: 1px solid #e0dbd0 } main { padding: 2rem }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1.5rem; padding: 0; list-style: none }
li div { aspect-ratio: 4 / 5; border-radius: 4px; margin-bottom: .6rem } li p { margin: 0 }`

// things: [name, price]. Returns its address, of which the site `shop` must have the origin.
export async function openShop({ url, lang, name, line, things }) {
  const wares = things.map(([thing, price], i) => `<li><div style="background: ${['#ece3d4', '#d9dde4', '#e5dcd6', '#e0e2d4'][i % 4]}"></div><p><b>${thing}</b></p><p>${price}</p></li>`).join('')
  const page = `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${name}</title><style>${style}</style></head>
<body><header><b>${name}</b></header><main><h1>${line}</h1><ul>${wares}</ul></main><script async src="${url}/static/sangdam.js" data-site="shop" data-locale="${lang}"></script></body></html>`
  const server = http.createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
    response.end(page)
  })
  await new Promise(yes => server.listen(0, '127.0.0.1', yes))
  cleanup(() => server.closeAllConnections() ?? server.close())
  return `http://127.0.0.1:${server.address().port}`
}
