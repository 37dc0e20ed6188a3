// This browser's subscription to web push. localStorage.pushId: the number that the server gave it.
const WORKER = '/static/js/push_worker.js';
const PATH = '/api/admin/chat/push-subscriptions';

const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));

/** Resolves to 'ok', or why closed pages are not reached: 'site' (the site has no web push), 'none' (the browser has none, or it failed). */
export async function subscribe(api, firstLine) {
  try {
    const { publicKey } = (await api.get(PATH)).data;
    if (!publicKey) return 'site';
    if (!navigator.serviceWorker || !globalThis.PushManager) return 'none';
    await navigator.serviceWorker.register(WORKER);
    const registration = await navigator.serviceWorker.getRegistration(WORKER);
    const wanted = { userVisibleOnly: true, applicationServerKey: bytesOf(publicKey) };
    let one;
    try { one = await registration.pushManager.subscribe(wanted); } catch (e) {
      if (e.name !== 'InvalidStateError') throw e;
      await (await registration.pushManager.getSubscription())?.unsubscribe(); // of another key pair
      one = await registration.pushManager.subscribe(wanted);
    }
    const { endpoint, keys } = one.toJSON();
    localStorage.pushId = (await api.post(PATH, { endpoint, p256dh: keys.p256dh, auth: keys.auth, firstLine })).data.pushSubscriptionId;
    return 'ok';
  } catch { return 'none'; }
}

export async function unsubscribe(api) {
  try {
    const id = localStorage.pushId;
    if (!id) return;
    delete localStorage.pushId;
    await api.post(`${PATH}/${id}`, null, 'DELETE');
    await (await (await navigator.serviceWorker.getRegistration(WORKER))?.pushManager.getSubscription())?.unsubscribe();
  } catch { /* a subscription that nobody serves is ended by the first message */ }
}
