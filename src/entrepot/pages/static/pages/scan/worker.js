// The browser's own copy of the scan pages: they open without a network, and once somebody signs
// out they do not. `ADDRESSES` is put before this by the desk.

const COPY = "entrepot-scan-1";
const PATIENCE = 3000; // milliseconds for the network, before the copy is shown

const isPage = (request) => request.mode === "navigate";
const pathOf = (address) => new URL(address, self.location.origin).pathname;
const KEPT = new Set(ADDRESSES.map(pathOf));

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const copy = await caches.open(COPY);
    await Promise.all(ADDRESSES.map(async (address) => {
      const answered = await fetch(address, { credentials: "same-origin", redirect: "manual", cache: "reload" });
      if (answered.ok) await copy.put(pathOf(address), answered);
    }));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("entrepot-scan-") && name !== COPY) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !KEPT.has(pathOf(request.url))) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const copy = await caches.open(COPY);
  const path = pathOf(request.url);
  try {
    const answered = await Promise.race([fetch(request), tooLong()]);
    if (answered.ok && !answered.redirected) await copy.put(path, answered.clone());
    // The session has ended: nobody opens the pages of whoever it was.
    else if (isPage(request) && answered.type === "opaqueredirect") await forget(copy);
    return answered;
  } catch (error) {
    const kept = await copy.match(path);
    if (kept) return kept;
    throw error;
  }
}

const tooLong = () => new Promise((resolve, reject) => { setTimeout(() => reject(new Error("no answer")), PATIENCE); });

// A page that was opened has the others kept that are missing: somebody signed in again.
self.addEventListener("message", (event) => {
  event.waitUntil((async () => {
    const copy = await caches.open(COPY);
    for (const address of ADDRESSES) {
      if (await copy.match(pathOf(address))) continue;
      const answered = await fetch(address, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
      if (answered?.ok) await copy.put(pathOf(address), answered);
    }
  })());
});

async function forget(copy) {
  for (const request of await copy.keys()) if (!pathOf(request.url).includes("/static/")) await copy.delete(request);
}
