/* The frame: whose page this is, what it may say, whether it is fresh, and signing out of a shared phone. */
(function () {
  "use strict";
  const opgang = (self.opgang = self.opgang || {});
  const root = document.documentElement;
  const outbox = opgang.outbox;
  const meta = document.querySelector("meta[name=opgang-reader]");
  const OWNER = "opgang-reader";
  const TRY_AGAIN = 15000;
  const SETTLING = 4000;
  const WEEK = 7 * 24 * 3600 * 1000;

  root.classList.add("js");
  /* Western digits. */
  const tongue = root.lang + "-u-nu-latn";
  opgang.reader = meta ? meta.content : "";
  /* A page that answers a form is none to ask for again, to keep or to refresh: this is where it is asked for instead. */
  opgang.answered = root.getAttribute("data-answered") || "";

  /* Sentences and pieces stand in pwa/phone.html, in the reader's language. */

  function piece(name) {
    const template = document.getElementById("phone");
    const found = template && template.content.querySelector('[data-piece="' + name + '"]');
    return found ? document.importNode(found, true) : document.createElement("p");
  }

  function word(name, values) {
    let text = piece(name).textContent.trim();
    Object.keys(values || {}).forEach(function (key) {
      text = text.replace("{" + key + "}", () => values[key]);
    });
    return text;
  }

  function each(where, selector, work) {
    Array.prototype.forEach.call(where.querySelectorAll(selector), work);
  }

  /* Tell those who cannot see it, without moving anybody. */
  function announce(text) {
    const place = document.querySelector("[data-announce]");
    if (!place) return;
    place.textContent = "";
    setTimeout(() => (place.textContent = text), 100);
  }

  const MINUTE = 60000;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;

  /* Yesterday is the day before today, not a day of hours ago; a day of 23 or 25 hours is one, too. */
  function daysSince(moment) {
    return Math.round((new Date().setHours(0, 0, 0, 0) - new Date(moment).setHours(0, 0, 0, 0)) / DAY);
  }

  /* "3 hours ago" in the page's language; a plain date where the browser has no such words. Only whole ones count. */
  function ago(moment) {
    const passed = Date.now() - moment;
    if (passed < MINUTE) return word("just-now");
    if (!self.Intl || !Intl.RelativeTimeFormat) return new Date(moment).toLocaleString(tongue);
    const words = new Intl.RelativeTimeFormat(tongue, { numeric: "auto" });
    if (passed < HOUR) return words.format(-Math.floor(passed / MINUTE), "minute");
    if (passed < DAY) return words.format(-Math.floor(passed / HOUR), "hour");
    return words.format(-daysSince(moment), "day");
  }

  Object.assign(opgang, { again, ago, announce, each, offline, piece, word });

  /* Fetching an answer to a form anew would send the form once more. */
  function again() {
    if (opgang.answered) location.replace(opgang.answered);
    else location.reload();
  }

  /* Whose phone. The name is kept where every tab can read it at once: a page of another is never left standing. */

  function owner() {
    try {
      return localStorage.getItem(OWNER);
    } catch (error) {
      return null;
    }
  }

  function own(reader) {
    try {
      localStorage.setItem(OWNER, reader);
    } catch (error) {
      /* A browser without a store keeps nothing of anybody either. */
    }
  }

  function leaveIfAnothers() {
    const now = owner();
    if (!opgang.reader || now === null || now === opgang.reader) return;
    root.hidden = true;
    again();
  }

  /* A page from a cache tells who was here; only the network tells who is, and not with every refusal. */
  const cached = root.hasAttribute("data-seen") || root.hasAttribute("data-cached");
  const unknown = Boolean(meta && meta.hasAttribute("data-unknown"));
  if (cached) {
    opgang.reader = opgang.reader || owner() || "";
  } else if (!unknown) {
    own(opgang.reader);
    if (outbox.usable) outbox.meet(opgang.reader).catch(Boolean);
  }
  self.addEventListener("storage", (event) => event.key === OWNER && leaveIfAnothers());
  self.addEventListener("pageshow", (event) => event.persisted && leaveIfAnothers());

  /* Whether the house can be reached: what the browser says of the network, and how the last try went. */

  let reached = !cached || root.hasAttribute("data-slow");
  let trying = 0;

  function offline() {
    return navigator.onLine === false || !reached;
  }

  function heard(did) {
    const before = offline();
    reached = did;
    strip();
    clearTimeout(trying);
    if (!did) trying = setTimeout(() => quietly(knock()), TRY_AGAIN);
    if (offline() === before) return;
    self.dispatchEvent(new Event("opgang:network"));
    if (before) quietly(sendWaiting(true));
  }

  async function knock() {
    if (navigator.onLine === false || document.hidden) return;
    const answer = await fetch("/healthz", { credentials: "omit", cache: "no-store" }).catch(() => null);
    heard(Boolean(answer && answer.ok));
  }

  self.addEventListener("opgang:reached", (event) => heard(event.detail));

  /* The strips: without network, an older page, something waiting, something sent. */

  function strip() {
    const off = offline();
    const moment = Number(root.getAttribute("data-seen"));
    each(document, "[data-offline]", (it) => (it.hidden = !off));
    each(document, "[data-older]", (it) => (it.hidden = off || !moment));
    each(document, "[data-seen-when]", function (it) {
      it.hidden = !moment;
      it.textContent = moment ? word(root.hasAttribute("data-slow") && !off ? "slow" : "seen", { when: ago(moment) }) : "";
    });
  }

  /* What a form of this page is sending itself is that form's to tell of. */
  opgang.tended = new Set();

  async function countWaiting() {
    const all = outbox.usable && opgang.reader ? await outbox.list(opgang.reader).catch(() => []) : [];
    const items = all.filter((item) => !opgang.tended.has(item.id));
    each(document, "[data-waiting]", (it) => (it.hidden = !items.length));
    each(document, "[data-waiting-text]", function (it) {
      const stuck = items.filter((item) => item.state === "refused").length;
      it.textContent = items.length ? word(stuck ? "stuck" : "waiting", { count: stuck || items.length }) : "";
    });
  }

  /* What was sent since this page opened, by id: of each one hears more than once. */
  const arrived = new Map();

  function tellSent(about) {
    if (opgang.tended.has(about.id)) return;
    arrived.set(about.id, about.title);
    const titles = Array.from(arrived.values());
    const several = titles.length > 1;
    each(document, "[data-sent]", function (it) {
      const text = several ? word("sent-several", { titles: titles.map((one) => "“" + one + "”").join(" · ") }) : word("sent-now", { title: about.title });
      it.querySelector("[data-sent-text]").textContent = text;
      it.querySelector("a").href = about.address;
      it.querySelector("a").hidden = several;
      it.hidden = false;
    });
  }

  /* Sending: when a page opens, when the network or the reader comes back, and when a rest is over. */

  let timer = 0;

  async function sendWaiting(eager) {
    if (!outbox.usable || !opgang.reader || navigator.onLine === false) return;
    clearTimeout(timer);
    const items = (await outbox.list(opgang.reader)).filter((item) => item.state === "waiting");
    if (!items.length) return;
    await outbox.send(opgang.reader, eager);
    const left = (await outbox.list(opgang.reader)).filter((item) => item.state === "waiting");
    if (!left.length) return;
    const next = Math.min.apply(null, left.map((item) => item.next));
    timer = setTimeout(() => quietly(sendWaiting(false)), Math.max(1000, next - Date.now()));
  }

  /* For work whose failure changes nothing that is shown: what is not sent now stays in the store. */
  function quietly(promise) {
    promise.catch(Boolean);
  }

  async function askForSync() {
    if (navigator.storage && navigator.storage.persist) await navigator.storage.persist();
    if (!navigator.serviceWorker || !self.SyncManager) return;
    const registration = await navigator.serviceWorker.ready;
    await registration.sync.register("outbox");
  }

  opgang.sayOffline = sayOffline;
  opgang.sendWaiting = (eager) => sendWaiting(eager);
  opgang.askForSync = () => quietly(askForSync());

  self.addEventListener("opgang:outbox", function (event) {
    if (event.detail.outbox === "sent") tellSent(event.detail.about);
    quietly(countWaiting());
  });
  self.addEventListener("offline", function () {
    strip();
    self.dispatchEvent(new Event("opgang:network"));
  });
  self.addEventListener("online", function () {
    strip();
    self.dispatchEvent(new Event("opgang:network"));
    quietly(knock());
    quietly(sendWaiting(true));
  });
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) return;
    if (!reached) quietly(knock());
    quietly(sendWaiting(true));
  });

  /* The service worker */

  /* Have a page ready for later: it goes through the worker, which keeps it. */
  function keep(address) {
    return fetch(address, { credentials: "same-origin", headers: { "Opgang-Keep": "1" } });
  }

  async function keepWhatHelps(firstTime) {
    await navigator.serviceWorker.ready;
    if (!opgang.reader || cached || !navigator.serviceWorker.controller) return;
    /* This page first: one may leave soon. */
    const addresses = firstTime && !opgang.answered ? [location.href] : [];
    each(document, "[data-keep]", (it) => addresses.push(it.getAttribute("href")));
    for (const address of addresses) {
      const mark = "kept " + opgang.reader + root.lang + address;
      if (sessionStorage.getItem(mark)) continue;
      await keep(address);
      sessionStorage.setItem(mark, "1");
    }
  }

  async function startWorker() {
    const firstTime = !navigator.serviceWorker.controller;
    navigator.serviceWorker.addEventListener("message", function (event) {
      if (event.data && event.data.outbox) self.dispatchEvent(new CustomEvent("opgang:outbox", { detail: event.data }));
    });
    navigator.serviceWorker.addEventListener("controllerchange", () => quietly(keepWhatHelps(firstTime)));
    await navigator.serviceWorker.register("/service-worker.js", { scope: "/" });
    await keepWhatHelps(false);
  }

  /* Drafts: "draft READER ADDRESS", of everybody who writes on this phone, for a week. */

  function draftAt(key) {
    try {
      return JSON.parse(localStorage.getItem(key)) || {};
    } catch (error) {
      return {};
    }
  }

  function drafts(whose) {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith("draft " + whose));
    } catch (error) {
      return [];
    }
  }

  function dropOldDrafts() {
    drafts("").forEach(function (key) {
      if (!(Date.now() - draftAt(key).at < WEEK)) localStorage.removeItem(key);
    });
  }

  /* A form that went the plain way, and whose answer may have been lost: its draft is done with once the house says
     that it has it. */
  async function settleDraft(key) {
    const asked = draftAt(key).posted;
    const answer = await fetch("/submissions?id=" + encodeURIComponent(asked), { credentials: "same-origin", cache: "no-store", headers: { "Opgang-Reader": opgang.reader } });
    const said = answer.ok ? await answer.json() : {};
    if (said.address && draftAt(key).posted === asked) localStorage.removeItem(key);
  }

  function settleDrafts() {
    const posted = opgang.reader && navigator.onLine !== false ? drafts(opgang.reader + " ").filter((key) => draftAt(key).posted) : [];
    const late = new Promise((resolve) => setTimeout(resolve, posted.length ? SETTLING : 0));
    return Promise.race([late, Promise.all(posted.map((key) => settleDraft(key).catch(Boolean)))]);
  }

  /* Signing out empties this phone, and asks about what still waits. */

  const LEAVING = 'form[action$="/sign-out"]';

  async function empty() {
    own("");
    sessionStorage.clear();
    if (navigator.clearAppBadge) quietly(navigator.clearAppBadge());
    const registration = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration());
    const subscription = registration && registration.pushManager && (await registration.pushManager.getSubscription());
    if (subscription) await subscription.unsubscribe();
    if (registration && registration.getNotifications) (await registration.getNotifications()).forEach((shown) => shown.close());
    if (outbox.usable) await outbox.meet("");
  }

  async function leave(form) {
    try {
      await empty();
    } finally {
      form.submit();
    }
  }

  async function discardEverything() {
    await outbox.discardAll(opgang.reader);
    drafts(opgang.reader + " ").forEach((key) => localStorage.removeItem(key));
  }

  /* What waits is sent; what was only begun is not, and is told of by its first words. */
  function askAboutWaiting(form, count, begun) {
    if (document.querySelector("[data-leaving]")) return;
    const question = piece("leaving");
    question.setAttribute("data-leaving", "");
    question.querySelector("[data-count]").textContent = word("waiting", { count: count });
    const titles = begun.map((key) => draftAt(key).title || "…").join(" · ");
    question.querySelector("[data-titles]").textContent = word("begun", { titles: titles });
    each(question, "[data-if-waiting]", (it) => (it.hidden = !count));
    each(question, "[data-if-begun]", (it) => (it.hidden = !begun.length));
    question.addEventListener("click", async function (event) {
      const choice = event.target.closest("[data-choice]");
      if (!choice) return;
      const chosen = choice.getAttribute("data-choice");
      if (chosen === "stay") return question.remove();
      if (chosen === "send") {
        choice.disabled = true;
        await sendWaiting(true).catch(Boolean);
        const left = (await outbox.list(opgang.reader)).length;
        choice.disabled = false;
        if (left) return (question.querySelector("[data-count]").textContent = word("still", { count: left }));
      }
      if (chosen === "discard") await discardEverything();
      await leave(form);
    });
    form.parentNode.insertBefore(question, form);
    question.querySelector("h2").focus();
  }

  function sayOffline(form, name) {
    const before = form.parentNode.querySelector("[data-not-sent]");
    if (before) before.remove();
    const note = piece(name);
    note.setAttribute("data-not-sent", "");
    form.parentNode.insertBefore(note, form);
  }

  /* What does not wait in the outbox stays where it is: the browser would show a page of its own instead. */
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (navigator.onLine !== false || form.method !== "post" || form.matches(LEAVING)) return;
    if (outbox.usable && form.matches("[data-outbox]")) return;
    event.preventDefault();
    sayOffline(form, "no-sending");
  });

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.matches(LEAVING) || !opgang.reader) return;
    event.preventDefault();
    /* The house alone can end a session: without network one would only seem to have left. */
    if (navigator.onLine === false) return sayOffline(form, "no-leaving");
    const items = outbox.usable ? outbox.list(opgang.reader) : Promise.resolve([]);
    items
      .catch(() => [])
      .then(function (waiting) {
        const begun = drafts(opgang.reader + " ");
        return waiting.length || begun.length ? askAboutWaiting(form, waiting.length, begun) : leave(form);
      });
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-reload]")) again();
    if (event.target.closest("[data-print]")) print();
  });

  function start() {
    dropOldDrafts();
    opgang.settled = settleDrafts();
    strip();
    if (!reached) quietly(knock());
    quietly(countWaiting());
    quietly(sendWaiting(true));
    const errors = document.querySelector("[data-errors]");
    if (errors) errors.focus();
    if (navigator.clearAppBadge && opgang.reader) quietly(navigator.clearAppBadge());
    if (navigator.serviceWorker) quietly(startWorker());
  }

  start();
})();
