// sangdam's loader: <script async src="https://HOST/static/sangdam.js" data-site="KEY"></script>. doc/embedding.md has the rest.
(() => {
  const tag = document.currentScript, { site, locale, position } = tag.dataset, base = new URL(tag.src).origin, memo = `sangdam.${site}`;
  if (window.sangdam || !site) return;
  const css = `:host{all:initial}.r{--b:#3456c5;--f:var(--b);--o:#fff;position:fixed;z-index:2147483000;bottom:20px;right:20px;font:16px system-ui,sans-serif}.l{right:auto;left:20px}
@supports (color:oklch(from red l c h)){.r{--f:oklch(from var(--b) min(l,.53 + max(0,(l - .7)*9999)) c h);--o:oklch(from var(--b) clamp(.2,(.7 - l)*9999,1) 0 0)}}
button{position:relative;display:grid;place-items:center;width:56px;height:56px;padding:0;border:0;border-radius:50%;background:var(--f);color:var(--o);box-shadow:0 2px 6px #1018282e,0 8px 24px #10182833;cursor:pointer}
button:hover{filter:brightness(1.06)}button:focus-visible{outline:3px solid #fff;box-shadow:0 0 0 6px var(--f)}
svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
b{position:absolute;top:-4px;right:-4px;min-width:22px;padding:0 6px;border:2px solid #fff;border-radius:99px;background:#be2a2f;color:#fff;font:700 12px/18px system-ui,sans-serif;box-sizing:border-box}
iframe{position:absolute;bottom:72px;right:0;width:380px;height:min(600px,100dvh - 112px);border:0;border-radius:18px;background:Canvas;box-shadow:0 0 0 1px #10182814,0 12px 48px #1018283d}.l iframe{right:auto;left:0}
b[hidden]{display:none}iframe[hidden]{display:block;visibility:hidden}
@media(max-width:480px){iframe{position:fixed;inset:0!important;width:100%;height:100dvh;border-radius:0}iframe:not([hidden])+button{display:none}}
@media print{.r{display:none}}@media(forced-colors:active){button{border:2px solid}}`;
  const words = {
    ko: ['상담 창 열기', '상담 창 닫기', (n) => `, 읽지 않은 메시지 ${n}개`, '상담 창'],
    en: ['Open the chat', 'Close the chat', (n) => `, ${n} unread`, 'Chat'],
  };
  const art = ['M21 12a8 8 0 0 1-8 8H4l1.8-3A8 8 0 1 1 21 12z', 'M6 9l6 6 6-6'];
  let lang = words[locale] ? locale : /^ko/.test(document.documentElement.lang || navigator.language) ? 'ko' : 'en';
  let info, root, button, frame, user = null, isOpen = false, isReady = false, unread = 0, left = 60, since = 0, page = tag.dataset.page || '';
  const heard = { unread: [], open: [], close: [] };
  const tell = (name, value) => heard[name].forEach((f) => { try { f(value); } catch (e) { console.error(e); } });
  const say = (type, more) => { if (isReady) frame.contentWindow.postMessage({ sangdam: 1, type, ...more }, base); };
  const sayPage = () => say('page', { page: `${page}`.slice(0, 300) });
  const flag = (on) => { try { if (on) localStorage[memo] = 1; else delete localStorage[memo]; } catch { /* closed */ } };

  async function sayUser() {
    try {
      const jwt = typeof user === 'function' ? await user() : user;
      if (typeof jwt === 'string') say('user', { jwt });
    } catch (e) { console.error('sangdam', e); }
  }
  function draw() {
    if (!button) return;
    const t = words[lang], n = isOpen ? 0 : unread, badge = button.querySelector('b');
    button.setAttribute('aria-label', t[+isOpen] + (n ? t[2](n) : ''));
    button.setAttribute('aria-expanded', isOpen);
    button.querySelector('path').setAttribute('d', art[+isOpen]);
    badge.hidden = !n;
    badge.textContent = n > 99 ? '99+' : n;
    if (frame) frame.title = `${info.name} ${t[3]}`;
  }
  function load() {
    if (frame) return;
    frame = document.createElement('iframe');
    frame.hidden = true;
    frame.src = `${base}/frame/${site}.${lang}`;
    frame.addEventListener('load', () => { isReady = false; frame?.contentWindow?.postMessage({ sangdam: 1, type: 'hello', user: !!user }, base); });
    button.before(frame);
    setTimeout(() => { if (frame && !isReady) { frame.remove(); frame = null; shut(); } }, 15e3); // away: the next click tries again
  }
  function open() {
    if (!root || isOpen) return;
    load();
    isOpen = true;
    frame.hidden = false;
    draw();
    frame.focus();
    say('opened');
    tell('open');
  }
  function shut() {
    if (!isOpen) return;
    isOpen = false;
    if (frame) frame.hidden = true;
    draw();
    button.focus();
    say('closed');
    tell('close');
  }
  addEventListener('message', ({ source, origin, data }) => {
    if (!frame || source !== frame.contentWindow || origin !== base || data?.sangdam !== 1) return;
    const now = Date.now();
    left = Math.min(60, left + (now - since) / 50);
    since = now;
    if (--left < 0) { left = 0; return; }
    const { type, n } = data;
    if (type === 'ready' && !isReady) {
      isReady = true;
      sayPage();
      if (user) sayUser();
      if (isOpen) say('opened');
    } else if (type === 'unread' && Number.isInteger(n) && n >= 0 && n !== unread) {
      unread = n;
      draw();
      tell('unread', n);
    } else if (type === 'close') shut();
    else if (type === 'chat') flag(data.open === true);
  });

  window.sangdam = {
    open, close: shut,
    setUser(jwt) { user = jwt; sayUser(); },
    setPage(name) { page = name; sayPage(); },
    setLocale(tag) { if (words[tag]) { lang = tag; draw(); say('locale', { locale: tag }); } },
    on(name, f) { heard[name]?.push(f); },
  };
  async function start() {
    const answer = await fetch(`${base}/api/chat/sites/${site}`, { credentials: 'omit' });
    if (!answer.ok) return;
    info = (await answer.json()).data;
    const host = document.createElement('div'), shadow = host.attachShadow({ mode: 'open' }), sheet = new CSSStyleSheet(), ns = 'http://www.w3.org/2000/svg';
    sheet.replaceSync(css);
    shadow.adoptedStyleSheets = [sheet];
    root = document.createElement('div');
    root.className = (position || info.position) === 'left' ? 'r l' : 'r';
    root.style.setProperty('--b', info.color);
    button = document.createElement('button');
    button.type = 'button';
    const svg = document.createElementNS(ns, 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.append(document.createElementNS(ns, 'path'));
    button.append(svg, document.createElement('b'));
    button.addEventListener('click', () => (isOpen ? shut() : open()));
    root.addEventListener('keydown', (e) => { if (e.key === 'Escape') shut(); });
    root.append(button);
    shadow.append(root);
    document.body.append(host);
    draw();
    let had;
    try { had = localStorage[memo]; } catch { /* closed */ }
    if (had) load(); // a chat goes on: its messages are counted
    dispatchEvent(new Event('sangdam'));
  }
  const go = () => start().catch(() => {}); // our server is away: the page stays as it is
  if (document.body) go(); else addEventListener('DOMContentLoaded', go);
})();
