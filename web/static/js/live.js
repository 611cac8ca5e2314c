/* Live pages: hears the names of stale blocks, fetches them, and puts them in place without disturbing anybody. */
(function () {
  "use strict";
  const opgang = self.opgang;
  const SIGNED_OUT = 4401;
  const LONGEST_PAUSE = 60000;
  const HIDDEN_FOR = 20000;
  const known = new Map();
  const under = new Map();
  let socket = null;
  let failures = 0;
  let timer = 0;
  let resting = 0;
  let over = false;

  function blocks() {
    return Array.prototype.slice.call(document.querySelectorAll(opgang.answered ? "[data-live-url][data-live][id]" : "[data-live][id]"));
  }

  function addressOf(block) {
    return new URL(block.getAttribute("data-live-url") || location.pathname + location.search, location.href).href;
  }

  function named(block, names) {
    return block.getAttribute("data-live").split(/\s+/).some((name) => names.indexOf(name) >= 0);
  }

  /* Fetching: one request an address, however many blocks come from it; 304 when nothing changed. */

  function later(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  async function fetchBlocks(address) {
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "Accept": "text/html" };
    if (known.has(address)) headers["If-None-Match"] = known.get(address);
    const response = await fetch(address, { credentials: "same-origin", cache: "no-store", headers: headers });
    const reader = response.headers.get("Opgang-Reader");
    if (response.status === 401 || (reader !== null && reader !== opgang.reader)) return signedOut();
    if (response.status !== 200) return undefined;
    if (response.headers.get("ETag")) known.set(address, response.headers.get("ETag"));
    return place(await response.text(), address);
  }

  /* A word that comes while its block is being fetched means: once more. */
  function fetchOnce(address) {
    const running = under.get(address);
    if (running) {
      running.again = true;
      return running.done;
    }
    const run = { again: false };
    run.done = fetchBlocks(address)
      .catch(Boolean)
      .then(function () {
        under.delete(address);
        return run.again && !over ? fetchOnce(address) : undefined;
      });
    under.set(address, run);
    return run.done;
  }

  function refresh(names, spread) {
    const stale = blocks().filter((block) => !names || named(block, names));
    const addresses = stale.map(addressOf).filter((address, index, all) => all.indexOf(address) === index);
    return later(Math.random() * (spread || 0)).then(() => Promise.all(addresses.map(fetchOnce)));
  }

  /* Putting in place: forms being filled in stay as they are, open things stay open, focus and sight stay put. */

  function touched(form) {
    if (form.contains(document.activeElement) || form.getAttribute("aria-busy") === "true") return true;
    if (form.hasAttribute("data-waiting-id") || form.querySelector("[data-outcome], [data-problem], [data-photos-item]")) return true;
    return Array.prototype.some.call(form.elements, function (it) {
      if (it.type === "hidden" || it.type === "submit") return false;
      if (/^(radio|checkbox)$/.test(it.type)) return it.checked !== it.defaultChecked;
      return it.defaultValue !== undefined && it.value !== it.defaultValue;
    });
  }

  /* What is done once, and is no longer offered, is done: kept, its buttons would only stand in the way of the undo. */
  function doneWith(form, fresh) {
    if (!form.hasAttribute("data-once") || form.getAttribute("aria-busy") === "true") return false;
    const action = form.getAttribute("action");
    return !Array.prototype.some.call(fresh.querySelectorAll("form"), (it) => it.getAttribute("action") === action);
  }

  function keyOf(details) {
    const summary = details.querySelector("summary");
    return details.id || (summary ? summary.textContent.trim() : "");
  }

  function carryOpen(before, after) {
    const open = [];
    opgang.each(before, "details", (it) => open.push([keyOf(it), it.open]));
    opgang.each(after, "details", function (it) {
      const was = open.filter((pair) => pair[0] === keyOf(it))[0];
      if (was) it.open = was[1];
    });
  }

  function focusMark() {
    const active = document.activeElement;
    if (!active || active === document.body) return null;
    const home = active.closest("[id]");
    const place = active.closest("li[id][tabindex]");
    return { element: active, id: active.id, home: home && home.id, place: place && place.id, href: active.getAttribute("href"), name: active.getAttribute("name") };
  }

  function giveFocusBack(mark) {
    if (!mark || document.activeElement === mark.element) return;
    const home = mark.home && document.getElementById(mark.home);
    const place = mark.place && document.getElementById(mark.place);
    const candidates = home ? [home].concat(Array.prototype.slice.call(home.querySelectorAll("a, button, summary, input, textarea, select"))) : [];
    const same = candidates.filter((it) => (mark.id ? it.id === mark.id : it.tagName === mark.element.tagName && it.getAttribute("href") === mark.href && it.getAttribute("name") === mark.name))[0];
    if (same) same.focus({ preventScroll: true });
    else if (place) place.focus({ preventScroll: true });
  }

  /* Browsers that anchor the scroll position themselves need no help. */
  function sightMark(block) {
    if (self.CSS && CSS.supports && CSS.supports("overflow-anchor", "auto")) return null;
    const marks = Array.prototype.slice.call(block.querySelectorAll("[id]"));
    const seen = marks.filter((it) => it.getBoundingClientRect().bottom > 0)[0];
    return seen && self.pageYOffset > 0 ? { id: seen.id, top: seen.getBoundingClientRect().top } : null;
  }

  function keepSight(mark) {
    const there = mark && document.getElementById(mark.id);
    if (there) self.scrollBy(0, there.getBoundingClientRect().top - mark.top);
  }

  async function swap(block, fresh) {
    const busy = Array.prototype.filter.call(block.querySelectorAll("form"), (form) => touched(form) && !doneWith(form, fresh));
    carryOpen(block, fresh);
    if (self.htmx && self.htmx.swap) {
      busy.forEach((form) => form.setAttribute("hx-morph-skip", ""));
      await self.htmx.swap({ text: fresh.outerHTML, target: block, sourceElement: block, swap: "outerMorph" });
      busy.forEach((form) => form.removeAttribute("hx-morph-skip"));
    } else if (busy.length || block.contains(document.activeElement)) {
      hint("news");
    } else {
      block.parentNode.replaceChild(document.importNode(fresh, true), block);
    }
  }

  /* The headline stands outside its block: above it, and on the tab. */
  function retitle(fresh) {
    const detail = document.querySelector(".bar .detail");
    if (detail && fresh.hasAttribute("data-live-detail")) detail.textContent = fresh.getAttribute("data-live-detail");
    const title = fresh.getAttribute("data-live-title");
    const headline = document.querySelector("h1");
    if (title === null || !headline || headline.textContent === title) return;
    document.title = document.title.replace(headline.textContent, () => title);
    headline.textContent = title;
    headline.classList.toggle("long", Boolean(fresh.querySelector("[data-whole]")));
  }

  function idsIn(element) {
    return Array.prototype.map.call(element.querySelectorAll("[id]"), (it) => it.id);
  }

  async function placeOne(block, fresh) {
    if (block.outerHTML === fresh.outerHTML) return 0;
    const before = idsIn(block);
    const focus = focusMark();
    const sight = sightMark(block);
    await swap(block, fresh);
    retitle(fresh);
    keepSight(sight);
    giveFocusBack(focus);
    const now = document.getElementById(fresh.id);
    if (now && now.hasAttribute("data-live-onward")) self.location.replace(addressOf(now));
    if (now) now.dispatchEvent(new Event("opgang:live", { bubbles: true }));
    return idsIn(fresh).filter((id) => before.indexOf(id) < 0).length;
  }

  async function place(text, address) {
    const parsed = new DOMParser().parseFromString(text, "text/html");
    let arrived = 0;
    for (const block of blocks().filter((it) => addressOf(it) === address)) {
      const fresh = parsed.getElementById(block.id);
      if (fresh) arrived += await placeOne(block, fresh);
    }
    if (arrived) opgang.announce(opgang.word("news-heard"));
  }

  /* A line that can be seen, where something can be done about it. */
  function hint(name) {
    if (document.querySelector("[data-live-hint]")) return;
    const line = opgang.piece(name);
    line.setAttribute("data-live-hint", "");
    const main = document.getElementById("main");
    main.insertBefore(line, main.firstChild);
  }

  function signedOut() {
    over = true;
    close();
    hint("signed-out");
  }

  /* The socket: open while somebody looks, back after a while that grows, never back once signed out. */

  function close() {
    clearTimeout(timer);
    timer = 0;
    if (!socket) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
    socket = null;
  }

  function retry() {
    const pause = Math.min(LONGEST_PAUSE, 1000 * Math.pow(2, failures)) * (0.5 + Math.random());
    failures += 1;
    timer = setTimeout(connect, pause);
  }

  function connect() {
    clearTimeout(timer);
    if (over || socket || document.hidden || navigator.onLine === false || !blocks().length) return;
    socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/live");
    socket.onopen = function () {
      failures = 0;
      document.documentElement.setAttribute("data-live-state", "on");
      refresh();
    };
    socket.onmessage = function (event) {
      const word = JSON.parse(event.data);
      refresh(word.stale, word.spread);
    };
    socket.onclose = function (event) {
      socket = null;
      document.documentElement.setAttribute("data-live-state", "off");
      if (event.code === SIGNED_OUT) signedOut();
      else retry();
    };
  }

  document.addEventListener("visibilitychange", function () {
    clearTimeout(resting);
    if (document.hidden) resting = setTimeout(close, HIDDEN_FOR);
    else connect();
  });
  self.addEventListener("pagehide", close);
  self.addEventListener("pageshow", (event) => event.persisted && connect());
  self.addEventListener("online", function () {
    failures = 0;
    close();
    connect();
  });

  opgang.live = { present: () => Boolean(socket && blocks().length), refresh: refresh };
  if (opgang.reader && self.WebSocket) connect();
})();
