// The shell that the loader puts into its iframe: it talks with the page that embeds it, and shows the customer's pages in a frame of its own. Where cookies are
// kept there those pages are simply visited. Where they are blocked, a bearer token in this frame's storage stands for them: pages are fetched with it and
// shown as srcdoc, files as blob:. The token is in no address and goes to nobody else.
import { prefixOf } from './lib/embed.js';
import { HostDoor } from './lib/host_door.js';

const { site, origins, prefix: first, name } = document.body.dataset;
const KEY = `sangdam.token.${site}`;
const USER_MS = 4000; // a page that announced its member is waited for so long

let prefix = first;
let token = null;
try { token = localStorage.getItem(KEY); } catch { /* no storage: it lives as long as this frame */ }
let shown = false;
let path = ''; // of what is shown
const files = new Map();
const kept = new Map(); // what the pages inside would keep in sessionStorage, where that is closed

const frame = document.createElement('iframe');
frame.title = name;
document.getElementById('main').append(frame);

function keep(value) {
  token = value;
  try { if (value) localStorage.setItem(KEY, value); else localStorage.removeItem(KEY); } catch { /* as above */ }
}

/** A cookie of the kind that signs in is put and taken away at once. */
function cookiesWork() {
  const [mark, rest] = location.protocol === 'https:' ? ['__Host-sangdam-try', '; Secure; SameSite=None; Partitioned'] : ['sangdam-try', '; SameSite=Lax'];
  try {
    document.cookie = `${mark}=1; Path=/${rest}`;
    const works = document.cookie.includes(`${mark}=1`);
    document.cookie = `${mark}=; Path=/; Max-Age=0${rest}`;
    return works;
  } catch { return false; }
}

const authorization = () => (token ? { Authorization: `Bearer ${token}` } : {});
const post = (path, body) => fetch(path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...authorization() } });

// ---- pages ----

/** Pictures wait for the token: asked for by the page itself they would come without. */
function write(html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  for (const img of page.querySelectorAll('img[src^="/api/"]')) {
    img.dataset.file = img.getAttribute('src');
    img.removeAttribute('src');
  }
  frame.removeAttribute('src');
  frame.srcdoc = `<!doctype html>${page.documentElement.outerHTML}`;
}

/** The page that is shown is this one now. The language is in the address. */
function moved(to) {
  prefix = prefixOf(to) || prefix;
  path = to;
}

async function load(address, init = {}) {
  try {
    const answer = await fetch(address, { ...init, credentials: 'omit', headers: { ...authorization(), ...init.headers } });
    moved(new URL(answer.url).pathname);
    write(await answer.text());
  } catch {
    if (!shown) setTimeout(() => show('/'), 5000);
  }
  shown = true;
}

function show(where) {
  if (token) return load(prefix + where);
  shown = true;
  frame.removeAttribute('srcdoc');
  frame.src = prefix + where;
  return undefined;
}

/** A token that ended, or whose member is no more, is forgotten. */
async function checkToken() {
  if (!token) return;
  const answer = await fetch('/api/account/me', { credentials: 'omit', headers: authorization() }).catch(() => null);
  if (answer?.status === 401) keep(null);
}

/** A form of a page, as the browser would have sent it. */
function submit(form, submitter) {
  const fields = new URLSearchParams(new FormData(form, submitter)), action = submitter?.getAttribute('formaction') ?? form.getAttribute('action');
  return form.method === 'post' ? load(action, { method: 'POST', body: fields }) : load(`${action}?${fields}`);
}

/** The first form: whoever sends it becomes a guest, by the cookie of its answer or by a token. */
async function begin(form, submitter) {
  if (cookiesWork()) {
    form.submit();
    return;
  }
  const nickname = form.elements.name?.value.trim();
  const answer = await post('/api/account/guest', { token: true, ...(nickname ? { nickname } : {}) }).catch(() => null);
  if (answer?.ok) keep((await answer.json()).data.token);
  await submit(form, submitter); // without a token the server says what is wrong
}

async function file(url) {
  if (!files.has(url)) {
    const answer = await fetch(url, { credentials: 'omit', headers: authorization() });
    if (!answer.ok) throw new Error(String(answer.status));
    files.set(url, URL.createObjectURL(await answer.blob()));
  }
  return files.get(url);
}

// ---- the page around ----

const pageShown = () => { try { return frame.contentDocument; } catch { return null; } };
const memberShown = () => pageShown()?.querySelector('[data-member]')?.dataset.member;

/** A member of the site, by its signed word. */
async function signIn(jwt) {
  const byToken = token !== null || !cookiesWork();
  const answer = await post('/api/account/identity', { siteKey: site, jwt, token: byToken }).catch(() => null);
  if (answer?.ok) {
    const { data } = await answer.json();
    if (byToken) keep(data.token);
    if (shown && memberShown() === String(data.memberId)) return;
  }
  if (answer?.ok || !shown) show('/');
}

/** The host's wish. An open talk changes where it stands, by its own switch (lazy/lang.js). */
function setLocale(locale) {
  const page = pageShown();
  prefix = `/frame/${site}.${locale}`;
  if (!shown || page?.documentElement.lang === locale) return;
  const button = page?.querySelector(`#chat form[action$="/lang"] [value=${locale}]`);
  if (button) button.form.requestSubmit(button);
  else show('/');
}

const inside = (name) => { try { frame.contentWindow.dispatchEvent(new Event(`sangdam-${name}`)); } catch { /* an error page of the browser's */ } };

const door = new HostDoor({
  parent: globalThis.parent,
  origins: origins.split(' '),
  on: {
    async hello({ user }) {
      door.say('ready');
      if (shown) return;
      await checkToken();
      if (user) setTimeout(() => { if (!shown) show('/'); }, USER_MS);
      else show('/');
    },
    opened() { globalThis.sangdamShell.isOpen = true; frame.focus(); inside('opened'); },
    closed() { globalThis.sangdamShell.isOpen = false; inside('closed'); },
    user: ({ jwt }) => signIn(jwt),
    page({ page }) { globalThis.sangdamShell.page = page; },
    locale: ({ locale }) => setLocale(locale),
  },
});

// What the pages inside may ask for (frame_page.js, lib/embed.js): they are of our own origin.
globalThis.sangdamShell = {
  isOpen: false,
  page: '', // of the host, as it names it
  get path() { return path; },
  get headers() { return token ? authorization() : undefined; },
  unread: (n) => door.say('unread', { n }),
  chat: (open) => door.say('chat', { open }),
  close: () => door.say('close'),
  go: (address) => load(address),
  show: (img, url) => file(url).then((blob) => { img.src = blob; }, () => {}),
  storage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) },
  submit, begin, file, moved,
};
addEventListener('message', (e) => door.take(e));
if (globalThis.parent === globalThis.self) show('/'); // visited by itself
