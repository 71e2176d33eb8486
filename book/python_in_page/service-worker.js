// Keeps the files of the runtime, whose folder is named by a hash of them; everything else goes by as it came.

const KEPT = `unrolled-python ${self.registration.scope}`;
const RUNTIME = /\/runtime-[0-9a-f]+\//;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && RUNTIME.test(event.request.url)) event.respondWith(kept(event));
});

async function kept(event) {
  const url = event.request.url;
  const cache = await caches.open(KEPT);
  const found = await cache.match(url);
  if (found) return found;
  const response = await fetch(event.request);
  if (response.status === 200) event.waitUntil(keep(cache, url, response.clone()));
  return response;
}

async function keep(cache, url, response) {
  const folder = url.match(RUNTIME)[0];
  for (const request of await cache.keys()) {
    if (!request.url.includes(folder)) await cache.delete(request); // an older runtime
  }
  await cache.put(url, response).catch(() => {}); // no room: it is fetched again next time
}
