/* What waits on this phone to be sent: shared by the pages and the service worker, one sender at a time.

   An item belongs to its author's opaque id and is sent under no other: words and photos in one submission, so
   that the house takes all of it or nothing. Only a 201 that names the submission takes an item away. */
(function () {
  "use strict";
  const opgang = (self.opgang = self.opgang || {});
  const LEASE = 60000;
  const STORE_TIMEOUT = 5000;
  const STORE_SILENT = 1000;
  const TEXT_TIMEOUT = 30000;
  const PHOTO_TIMEOUT = 300000;
  const FIRST_PAUSE = 5000;
  const LONGEST_PAUSE = 30 * 60000;
  const PAGES = "opgang-pages-";
  let opened = null;
  let patience = STORE_TIMEOUT;

  /* The database. Version 2 will add the booth beside the outbox. */

  /* What failed or was closed is opened anew by whoever asks next. */
  function release(attempt) {
    if (opened === attempt) opened = null;
  }

  function database() {
    if (!opened) {
      const attempt = new Promise(function (resolve, reject) {
        const request = indexedDB.open("opgang", 1);
        let late = false;
        /* Some Safaris never answer; then a form goes the plain way rather than nowhere, and the next try is short. */
        const timer = setTimeout(function () {
          late = true;
          patience = STORE_SILENT;
          reject(new Error("The phone's store does not answer."));
        }, patience);
        request.onupgradeneeded = function () {
          const outbox = request.result.createObjectStore("outbox", { keyPath: "id" });
          outbox.createIndex("reader", "reader");
          request.result.createObjectStore("state");
        };
        request.onsuccess = function () {
          const data = request.result;
          if (late) return data.close();
          clearTimeout(timer);
          patience = STORE_TIMEOUT;
          data.onversionchange = data.onclose = function () {
            data.close();
            release(attempt);
          };
          resolve(data);
        };
        request.onerror = () => reject(request.error);
      });
      opened = attempt;
      attempt.catch(() => release(attempt));
    }
    return opened;
  }

  /* Run `work(store, answer)` in one transaction; what it gave to `answer` is handed back once all is on disk. */
  async function within(name, mode, work) {
    const data = await database();
    return new Promise(function (resolve, reject) {
      const transaction = data.transaction(name, mode);
      let result;
      transaction.oncomplete = function () {
        resolve(result);
      };
      transaction.onerror = transaction.onabort = function () {
        reject(transaction.error || new Error("The phone's store gave up."));
      };
      work(transaction.objectStore(name), function (value) {
        result = value;
      });
    });
  }

  function ask(request, then) {
    request.onsuccess = function () {
      then(request.result);
    };
  }

  function remember(key, value) {
    return within("state", "readwrite", function (store) {
      store.put(value, key);
    });
  }

  function recall(key) {
    return within("state", "readonly", function (store, answer) {
      ask(store.get(key), answer);
    });
  }

  function freshId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.prototype.map.call(bytes, (byte) => ("0" + byte.toString(16)).slice(-2)).join("");
  }

  /* Pages seen: one cache a reader, so that nobody is ever shown another's. */

  async function forgetPages(except) {
    if (!self.caches) return;
    const names = await caches.keys();
    const others = names.filter((name) => name.startsWith(PAGES) && name !== PAGES + except);
    await Promise.all(others.map((name) => caches.delete(name)));
  }

  /* This phone is `reader`'s now ("" when nobody is signed in). Others' pages go even if the store cannot note it. */
  async function meet(reader) {
    try {
      if ((await recall("reader")) !== reader) await remember("reader", reader);
    } finally {
      await forgetPages(reader);
    }
  }

  /* The clock: this phone's may be wrong. Each answer says what the house's shows, to the second. */

  let ahead = null;

  /* How far the house's clock is ahead of this phone's, kept for what is done without network. */
  async function measure(response) {
    const theirs = Date.parse(response.headers.get("Date") || "");
    if (!theirs) return;
    const found = theirs + 500 - Date.now();
    if (ahead !== null && Math.abs(found - ahead) < 1500) return;
    ahead = found;
    await remember("ahead", found);
  }

  function measured() {
    return recall("ahead").then((found) => found || 0, () => 0);
  }

  /* Items */

  async function add(item, replaced) {
    const whole = Object.assign(
      { state: "waiting", status: 0, reason: "", problems: {}, tries: 0, next: 0, unsure: false, made: Date.now() },
      { ahead: await measured() },
      item,
      { stamp: freshId() }
    );
    return within("outbox", "readwrite", function (store) {
      if (replaced && replaced !== whole.id) store.delete(replaced);
      store.put(whole);
    }).then(changed);
  }

  function list(reader) {
    return within("outbox", "readonly", function (store, answer) {
      ask(store.index("reader").getAll(reader), function (items) {
        answer(items.sort((one, other) => one.made - other.made));
      });
    });
  }

  function find(id) {
    return within("outbox", "readonly", function (store, answer) {
      ask(store.get(id), answer);
    });
  }

  async function others(reader) {
    const all = await within("outbox", "readonly", function (store, answer) {
      ask(store.count(), answer);
    });
    return all - (await list(reader)).length;
  }

  /* Change an item unless somebody discarded or rewrote it meanwhile; a change to null takes it away. */
  function update(item, change) {
    return within("outbox", "readwrite", function (store, answer) {
      ask(store.get(item.id), function (present) {
        if (!present || present.stamp !== item.stamp) return answer(null);
        const next = change(present);
        if (next) store.put(next);
        else store.delete(item.id);
        answer(next);
      });
    }).then(function (next) {
      changed();
      return next;
    });
  }

  function discard(id) {
    return within("outbox", "readwrite", function (store) {
      store.delete(id);
    }).then(changed);
  }

  async function discardAll(reader) {
    for (const item of await list(reader)) await discard(item.id);
  }

  /* Sending */

  function body(item) {
    if (!item.photos.length) return new URLSearchParams(item.fields);
    const form = new FormData();
    item.fields.forEach((pair) => form.append(pair[0], pair[1]));
    item.photos.forEach((photo) => form.append("photos", new Blob([photo.bytes], { type: photo.type }), photo.name));
    return form;
  }

  /* The server's answer, or null when none came that is the house's own (no network, a captive portal). */
  async function post(item) {
    const stop = self.AbortController ? new AbortController() : null;
    const timer = stop && setTimeout(() => stop.abort(), item.photos.length ? PHOTO_TIMEOUT : TEXT_TIMEOUT);
    try {
      const response = await fetch(item.url, {
        method: "POST",
        body: body(item),
        credentials: "same-origin",
        redirect: "manual",
        cache: "no-store",
        headers: {
          "Accept": "application/json",
          "Opgang-Reader": item.reader,
          "Opgang-Submission": item.id,
          /* When it was done by this phone's clock, and what was known then of how wrong that is. */
          "Opgang-Made": String(Math.round(item.made)),
          "Opgang-Ahead": String(Math.round(item.ahead || 0)),
        },
        signal: stop ? stop.signal : undefined,
      });
      const known = /json/.test(response.headers.get("Content-Type") || "");
      const said = known ? await response.json() : null;
      if (!said && response.status < 400) return null;
      reached(true);
      measure(response).catch(Boolean);
      return {
        status: response.status,
        said: said || {},
        reader: response.headers.get("Opgang-Reader"),
        pause: Number(response.headers.get("Retry-After")) * 1000 || 0,
      };
    } catch (error) {
      reached(false);
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  function pauseAfter(tries) {
    return Math.min(LONGEST_PAUSE, FIRST_PAUSE * Math.pow(2, Math.min(tries, 20))) * (0.75 + Math.random() / 2);
  }

  function passing(status) {
    return status === 408 || status === 425 || status === 429 || status >= 500;
  }

  function reasonOf(said) {
    const problems = said.problems || {};
    return said.error || Object.keys(problems).map((name) => problems[name]).join(" ");
  }

  function postponed(item, answer) {
    return update(item, (it) =>
      Object.assign(it, {
        tries: it.tries + 1,
        status: answer ? answer.status : 0,
        reason: answer ? reasonOf(answer.said) : "",
        next: Date.now() + Math.max(answer ? answer.pause : 0, pauseAfter(it.tries)),
      })
    );
  }

  function refused(item, answer) {
    const status = answer.status;
    const news = { state: "refused", status: status, reason: reasonOf(answer.said), unsure: false };
    news.problems = answer.said.problems || {};
    news.version = answer.said.version || "";
    return update(item, (it) => Object.assign(it, news));
  }

  /* Send one item; tells how it ended: sent, gone, waiting, refused or locked (another is signed in). */
  async function sendOne(item) {
    const current = await update(item, (it) => Object.assign(it, { unsure: true }));
    if (!current) return { end: "gone" };
    const answer = await post(current);
    if (answer && answer.status === 201 && answer.said.submission === item.id) {
      await update(current, () => null);
      tell("sent", { id: item.id, title: item.title, address: answer.said.address });
      return { end: "sent", address: answer.said.address };
    }
    if (answer && answer.status === 401) {
      await forgetPages(answer.reader || "");
      await postponed(current, answer);
      return { end: "locked", item: await find(item.id) };
    }
    if (!answer || passing(answer.status)) return { end: "waiting", item: await postponed(current, answer) };
    return { end: "refused", item: await refused(current, answer) };
  }

  async function lease(owner) {
    return within("state", "readwrite", function (store, answer) {
      ask(store.get("lease"), function (held) {
        const free = !held || held.owner === owner || held.until < Date.now();
        if (free) store.put({ owner: owner, until: Date.now() + LEASE }, "lease");
        answer(free);
      });
    });
  }

  /* One sender among all tabs and the worker: the browser's lock, or a lease in the store where it has none. */
  async function alone(work) {
    if (self.navigator.locks) return self.navigator.locks.request("opgang-outbox", work);
    const owner = freshId();
    while (!(await lease(owner))) await new Promise((resolve) => setTimeout(resolve, 500));
    const renewal = setInterval(() => lease(owner).catch(Boolean), LEASE / 4);
    try {
      return await work();
    } finally {
      clearInterval(renewal);
      await remember("lease", { owner: "", until: 0 });
    }
  }

  /* What rests because of the network or of who was signed in, not because the house asked for rest. */
  function startled(item) {
    return item.status === 0 || item.status === 401;
  }

  /* Send what `reader` has waiting. `eager`: the network or the reader may be back. Gives how many are left. */
  function send(reader, eager) {
    return alone(async function () {
      for (const item of await list(reader)) {
        const rested = item.next <= Date.now() || (eager && startled(item));
        if (item.state !== "waiting" || !rested) continue;
        const outcome = await sendOne(item);
        if (outcome.end === "locked" || (outcome.item && !outcome.item.status)) break;
      }
      return (await list(reader)).filter((item) => item.state === "waiting").length;
    });
  }

  /* Send one item now, for the person who is looking at it. */
  function deliver(id) {
    return alone(async function () {
      const item = await find(id);
      return item ? sendOne(item) : { end: "gone" };
    });
  }

  /* News of the outbox reaches every open page, whoever changed it. */

  function changed() {
    tell("changed");
  }

  function tell(news, about) {
    const word = { outbox: news, about: about };
    if (self.document) {
      self.dispatchEvent(new CustomEvent("opgang:outbox", { detail: word }));
      const worker = self.navigator.serviceWorker;
      if (worker && worker.controller) worker.controller.postMessage(word);
    } else if (self.clients) {
      opgang.tellPages(word);
    }
  }

  /* Whether the house could be reached just now: the page's strip follows it. */
  function reached(did) {
    if (self.document) self.dispatchEvent(new CustomEvent("opgang:reached", { detail: did }));
  }

  opgang.outbox = {
    usable: Boolean(self.indexedDB && self.crypto && self.crypto.getRandomValues),
    PAGES, add, deliver, discard, discardAll, find, forgetPages, freshId, list, measure, meet, others, recall, remember, send,
  };
})();
