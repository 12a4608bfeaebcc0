// {{ name }}, {{ version }}: with another name or version the browser fetches the page anew.
// Keeps one page that says that the device gives no word, its style and its script. No status, no picture and no other page is kept.

const KEPT = 'no-word';
const PAGE = 'offline';
const PARTS = ['static/page.css', 'static/offline.js'];

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll([PAGE, ...PARTS])));
});

self.addEventListener('fetch', (event) => {
  const { mode, destination } = event.request;
  if (mode !== 'navigate' && destination !== 'style' && destination !== 'script') return; // streams above all stay the browser's own
  event.respondWith(fetch(event.request).catch(async () => {
    const kept = await caches.match(mode === 'navigate' ? PAGE : event.request);
    return kept ?? Response.error();
  }));
});
