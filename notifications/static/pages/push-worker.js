// Runs in the browser while no page of ours is open: shows what is pushed, and opens its place on a click.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const notice = event.data ? event.data.json() : { title: "Renraku", url: "/notices/" };
  const { title, body, lang, id, url, tag } = notice;
  // The same notice twice is shown once: they have one tag. So have the messages of a room: the newest replaces them.
  event.waitUntil(self.registration.showNotification(title, { body, lang, tag: tag || id, data: { url } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data.url, self.location.origin).href;
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = open.find((each) => each.url === address);
    return there ? there.focus() : self.clients.openWindow(address);
  })());
});
