/* Between the pages and the network: pages seen can be read again, what waits is sent, a push is shown.

   The server puts one line before this: self.HOUSE = {version, assets, outbox, offline, devices, words, icons}. */
"use strict";
importScripts(self.HOUSE.outbox);

const outbox = self.opgang.outbox;
const ASSETS = "opgang-assets-";
const CURRENT = ASSETS + self.HOUSE.version;
const RETIRED = "/retired";
const WEEK = 7 * 24 * 3600 * 1000;
const PATIENCE = 4000;
const MOST = 80;
const SEEN = "Opgang-Seen";
/* Requests are numbered as they leave. Who is signed in is what the newest answered one says: an answer still on its
   way from before that, or from before a sign-in or sign-out, changes nothing after it. */
let asked = 0;
let believed = 0;
/* Whether the last one met could be noted: comes to be true or false, and never fails. */
let noted = Promise.resolve(true);

self.addEventListener("install", function (event) {
  event.waitUntil(
    caches
      .open(CURRENT)
      .then(function (cache) {
        const nobody = new Request(self.HOUSE.offline, { credentials: "omit", cache: "no-store" });
        return Promise.all([cache.addAll(self.HOUSE.assets), cache.add(nobody)]);
      })
      .then(() => self.skipWaiting())
  );
});

self.addEventListener("activate", function (event) {
  event.waitUntil(tidy().then(() => self.clients.claim()));
});

/* A page seen yesterday may need yesterday's styles: old assets stay for as long as old pages do. */
async function tidy() {
  const names = (await caches.keys()).filter((name) => name.startsWith(ASSETS) && name !== CURRENT);
  for (const name of names) {
    const cache = await caches.open(name);
    const mark = await cache.match(RETIRED);
    if (!mark) await cache.put(RETIRED, new Response(String(Date.now())));
    else if (Date.now() - Number(await mark.text()) > WEEK) await caches.delete(name);
  }
}

/* Every request of our own pages */

self.addEventListener("fetch", function (event) {
  const request = event.request;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (/^\/sign-(in|out)(\/|$)/.test(url.pathname) && (request.method !== "GET" || url.pathname !== "/sign-in")) {
    event.waitUntil(someoneElse());
  }
  /* What a browser fetches without cookies (the manifest) says nothing about who is signed in. */
  if (request.method !== "GET" || request.credentials === "omit") return;
  if (url.pathname.startsWith("/static/")) {
    if (url.search) event.respondWith(asset(request));
  } else if (request.mode === "navigate") {
    event.respondWith(page(event, url));
  } else if (request.destination === "image") {
    event.respondWith(picture(event));
  } else {
    event.respondWith(answer(event).then((response) => kept(event, response)));
  }
});

/* Nobody is known until the next answer says who: called at every sign-in and sign-out. What is shown was for whoever
   was here before. */
function someoneElse() {
  believed = asked += 1;
  return Promise.all([meet(""), putAway()]);
}

async function putAway() {
  (await self.registration.getNotifications()).forEach((shown) => shown.close());
}

/* One after the other: two at once would each compare with what the other is about to change. */
function meet(reader, reach) {
  noted = noted
    .then(() => outbox.meet(reader))
    .then(() => reader && reach && settle(reader, reach))
    .then(
      () => true,
      () => false
    );
  return noted;
}

/* Whoever reaches other places than before (they moved out, a task of theirs ended) keeps no pages of the old ones. */
async function settle(reader, reach) {
  const place = reader + " " + reach;
  const before = await outbox.recall("reach");
  if (before === place) return;
  if (before) await caches.delete(outbox.PAGES + reader);
  await outbox.remember("reach", place);
}

/* Whose phone this is; "" also where the store fails or never answers: it then has nothing for anybody. */
async function whose() {
  if (!(await noted)) return "";
  return (await outbox.recall("reader").catch(() => "")) || "";
}

async function asset(request) {
  const names = (await caches.keys()).filter((name) => name.startsWith(ASSETS)).sort((name) => (name === CURRENT ? -1 : 1));
  for (const name of names) {
    const found = await (await caches.open(name)).match(request);
    if (found) return found;
  }
  return fetch(request);
}

/* The network's answer, asked afresh even when one goes back. What it says about who is signed in is taken in beside
   it: the store may be slow or broken, and the answer is good. One that does not say so knows nobody, not "nobody". */
async function answer(event) {
  const request = event.request;
  const number = (asked += 1);
  const response = await fetch(request.cache === "no-store" ? request : new Request(request, { cache: "no-cache", referrer: request.referrer }));
  event.waitUntil(outbox.measure(response).catch(Boolean));
  const reader = response.headers.get("Opgang-Reader");
  const known = response.status === 401 ? "" : reader;
  if (reader !== null && number > believed) {
    believed = number;
    event.waitUntil(meet(known, response.headers.get("Opgang-Reach")));
  }
  return response;
}

/* Pages that ask for it, like the way a navigation does, are kept: `/offline`, and forms one may want without network. */
function kept(event, response) {
  if (event.request.headers.get("Opgang-Keep")) keepBeside(event, response);
  return response;
}

/* A page that cannot be kept is a page all the same. */
function keepBeside(event, response) {
  event.waitUntil(keep(event.request.url, response.clone()).catch(Boolean));
}

async function keep(address, response) {
  const reader = response.headers.get("Opgang-Reader");
  const type = response.headers.get("Content-Type") || "";
  const forbidden = /no-store/.test(response.headers.get("Cache-Control") || "");
  if (response.status !== 200 || !reader || forbidden || response.redirected) return;
  if (!/^(text\/html|image\/)/.test(type) || response.headers.get("Content-Disposition")) return;
  if ((await whose()) !== reader) return;
  const headers = new Headers(response.headers);
  headers.set(SEEN, String(Date.now()));
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  let body = await response.blob();
  if (type.startsWith("text/html")) {
    const text = await new Response(body).text();
    const title = /<title>([^<]*)<\/title>/.exec(text);
    headers.set("Opgang-Title", encodeURIComponent(title ? title[1] : ""));
    body = text;
  }
  const cache = await caches.open(outbox.PAGES + reader);
  await cache.put(bare(address), new Response(body, { headers: headers }));
  /* Whoever was signed out meanwhile leaves nothing: not even what was on its way to be kept. */
  if ((await whose()) !== reader) await caches.delete(outbox.PAGES + reader);
  else await thin(cache);
}

function bare(address) {
  return address.split("#")[0];
}

/* The oldest go first, photos and pages apart; keys come in the order in which they were put. */
async function thin(cache) {
  const keys = await cache.keys();
  const photos = keys.filter((key) => key.url.includes("/photos/"));
  const pages = keys.filter((key) => !key.url.includes("/photos/"));
  for (const kind of [photos, pages]) {
    for (const key of kind.slice(0, Math.max(0, kind.length - MOST))) await cache.delete(key);
  }
}

/* What this reader saw at an address within a week, or nothing. */
function seen(address) {
  return lookUp(address).catch(() => undefined);
}

async function lookUp(address) {
  const reader = await whose();
  if (!reader) return undefined;
  const cache = await caches.open(outbox.PAGES + reader);
  const found = await cache.match(bare(address), { ignoreVary: true });
  if (!found) return undefined;
  if (Date.now() - Number(found.headers.get(SEEN)) < WEEK) return found;
  await cache.delete(bare(address), { ignoreVary: true });
  return undefined;
}

/* The page with one word more in its first tag, by which its script knows that it is not fresh. */
async function marked(response, mark) {
  const text = (await response.text()).replace("<html ", "<html " + mark + " ");
  const headers = new Headers(response.headers);
  headers.delete("ETag");
  return new Response(text, { headers: headers });
}

async function page(event, url) {
  const network = answer(event).then(function (response) {
    keepBeside(event, response);
    return response;
  });
  event.waitUntil(network.catch(Boolean));
  const impatience = new Promise((resolve) => setTimeout(resolve, PATIENCE, null));
  try {
    const first = await Promise.race([network, impatience]);
    if (first) return first;
    const old = await Promise.race([seen(url.href), network.then(() => undefined)]);
    if (old) return marked(old, 'data-seen="' + old.headers.get(SEEN) + '" data-slow');
    return await network;
  } catch (error) {
    return withoutNetwork(url);
  }
}

async function withoutNetwork(url) {
  const old = await seen(url.href);
  if (old) return marked(old, 'data-seen="' + old.headers.get(SEEN) + '"');
  const help = (await seen(url.origin + self.HOUSE.offline)) || (await nobodysHelp());
  return marked(help, url.pathname === self.HOUSE.offline ? "data-cached" : "data-cached data-missing");
}

async function nobodysHelp() {
  const cache = await caches.open(CURRENT);
  return (await cache.match(self.HOUSE.offline, { ignoreVary: true })) || Response.error();
}

async function picture(event) {
  try {
    const response = await answer(event);
    keepBeside(event, response);
    return response;
  } catch (error) {
    return (await seen(event.request.url)) || Response.error();
  }
}

/* Background Sync: throwing makes the browser try again later. */

self.addEventListener("sync", function (event) {
  if (event.tag === "outbox") event.waitUntil(sendWaiting());
});

async function sendWaiting() {
  const reader = await outbox.recall("reader");
  if (reader && (await outbox.send(reader, true))) throw new Error("Something still waits.");
}

self.opgang.tellPages = async function (word) {
  for (const page of await self.clients.matchAll({ type: "window" })) page.postMessage(word);
};

self.addEventListener("message", function (event) {
  if (event.data && event.data.outbox) event.waitUntil(self.opgang.tellPages(event.data));
});

/* Push: what arrives is always shown, or the phone takes the permission back. */

self.addEventListener("push", function (event) {
  event.waitUntil(show(event.data));
});

/* A store that does not answer must not hold up what is to be shown. */
function knownReader() {
  const late = new Promise((resolve) => setTimeout(resolve, 2000, ""));
  return Promise.race([whose(), late]);
}

async function show(data) {
  const words = self.HOUSE.words;
  let news = {};
  try {
    news = (data && data.json()) || {};
  } catch (error) {
    news = { body: data.text() };
  }
  /* Another person may have signed in on this phone since: then only that there is something. */
  if (news.reader && news.reader !== (await knownReader())) news = { address: "/" };
  const count = Number(news.count) || 0;
  if (count && self.navigator.setAppBadge) self.navigator.setAppBadge(count).catch(Boolean);
  return self.registration.showNotification(news.title || words.title, {
    body: news.body || words.body,
    lang: news.lang || words.lang,
    dir: news.dir || "auto",
    tag: news.tag || "",
    renotify: Boolean(news.tag),
    icon: self.HOUSE.icons[0],
    badge: self.HOUSE.icons[1],
    data: { address: own(news.address) },
  });
}

/* Only an address of this house is opened. */
function own(address) {
  const url = new URL(address || "/", self.location.origin);
  return url.origin === self.location.origin ? url.href : self.location.origin + "/";
}

self.addEventListener("notificationclick", function (event) {
  event.notification.close();
  event.waitUntil(reach((event.notification.data || {}).address || self.location.origin + "/"));
});

async function reach(address) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((page) => bare(page.url) === bare(address));
  if (there) return there.focus();
  return self.clients.openWindow(address);
}

self.addEventListener("pushsubscriptionchange", function (event) {
  event.waitUntil(subscribeAgain(event));
});

async function subscribeAgain(event) {
  const before = event.oldSubscription || (await self.registration.pushManager.getSubscription());
  const fresh = event.newSubscription || (before && (await self.registration.pushManager.subscribe(before.options)));
  if (!fresh) return;
  await fetch(self.HOUSE.devices, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fresh),
  });
}
