// The number of waiting chats on the site's own picture in the tab. Drawn as SVG and handed over as a blob:, which the CSP allows for images.
const KEPT_MS = 30000;
let own = null, shown = 0, url = null;

const BADGE = (words) => `<circle cx="21" cy="21" r="11" fill="#c4211c"/><text x="21" y="26" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="${words.length > 1 ? 13 : 16}" fill="#fff">${words}</text></svg>`;

export async function faviconCount(n) {
  const link = document.querySelector('link[rel=icon]');
  if (!link || n === shown) return;
  shown = n;
  try {
    own ??= { href: link.href, svg: fetch(link.href).then((answer) => answer.text()) };
    const svg = await own.svg;
    if (n !== shown) return; // a newer number is on its way
    if (url) setTimeout((old) => URL.revokeObjectURL(old), KEPT_MS, url); // the browser may be about to fetch it
    url = n ? URL.createObjectURL(new Blob([svg.replace('</svg>', BADGE(n > 99 ? '99' : String(n)))], { type: 'image/svg+xml' })) : null;
    link.href = url ?? own.href;
  } catch { own = null; /* the plain picture stays */ }
}
