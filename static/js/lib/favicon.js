// The number of waiting chats in the tab's picture: a file for each number. Drawn here as a blob: it would be gone when the browser comes to fetch it.
export function faviconCount(n) {
  const link = document.querySelector('link[rel=icon]'), name = n ? `favicon/${n > 9 ? 'many' : n}.svg` : 'favicon.svg';
  const href = `/static/${name}`;
  if (link && link.getAttribute('href') !== href) link.setAttribute('href', href);
}
