// The service worker of web push: shows a waiting chat to an agent whose pages are all closed, and opens it. It fetches nothing and keeps nothing.
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

self.addEventListener('install', () => self.skipWaiting());

self.addEventListener('push', (e) => {
  let news = {};
  try { news = e.data?.json() ?? {}; } catch { /* shown without its words: browsers want something to be shown */ }
  const path = ID.test(news.sessionId) ? `/agent/chat/${news.sessionId}` : '/agent';
  e.waitUntil(self.registration.showNotification(String(news.title ?? 'sangdam'), { body: String(news.body ?? ''), tag: `sangdam.${news.sessionId}`, icon: '/static/favicon.svg', data: { path } }));
});

self.addEventListener('notificationclick', (e) => {
  e.notification.close();
  e.waitUntil((async () => {
    const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const open = pages.find((page) => new URL(page.url).pathname === e.notification.data.path);
    return open ? open.focus() : self.clients.openWindow(e.notification.data.path);
  })());
});
