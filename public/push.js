// What the service worker does with push messages; it takes this file in by importScripts.
self.addEventListener('push', (event) => {
  let told = {};
  try {
    told = event.data ? event.data.json() : {};
  } catch {
    // Not one of ours: say that there is something, for browsers insist on a message.
  }
  event.waitUntil(
    self.registration.showNotification(told.title || 'There is news for you', {
      body: told.body || '',
      icon: '/icon.svg',
      // Of one lead the latest message is enough.
      tag: told.tag,
      renotify: Boolean(told.tag),
      data: { url: told.url || '/app/contractor' },
    }),
  );
});

// A tap opens the page: in a window that is there already, or a new one.
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.url || '/app/contractor', self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil(
    self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then(async (windows) => {
      const open = windows.find((w) => 'focus' in w);
      if (!open) return self.clients.openWindow(url);
      await open.focus();
      return open.navigate(url).catch(() => self.clients.openWindow(url));
    }),
  );
});
