// Plumbline's service worker. It keeps nothing but the page that says that there is no network: what pages show is
// private or changes, and must come from the server. A new version takes over at once, since no page depends on an old one.
const KEPT = "offline-1";
const PAGE = "/offline.html";

addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.add(new Request(PAGE, { cache: "reload" }))).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const forget = caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(forget.then(() => clients.claim()));
});

// Only pages, and only when the server cannot be reached; everything else goes its usual way.
addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate" || event.request.method !== "GET") return;
  event.respondWith(fetch(event.request).catch(() => caches.match(PAGE).then((page) => page ?? Response.error())));
});

try {
  importScripts("/push.js");
} catch {
  // Without it there are no notifications, and everything else works.
}
