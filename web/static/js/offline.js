/* `/offline`: what waits on this phone, and which pages can be read again. */
(function () {
  "use strict";
  const opgang = self.opgang;
  const outbox = opgang.outbox;
  const MINUTE = 60000;
  const WEEK = 7 * 24 * 3600 * 1000;

  function part(item, name) {
    return item.querySelector("[data-" + name + "]");
  }

  function stateOf(item) {
    if (item.state === "refused") return opgang.word("not-taken");
    if (item.status === 401) return opgang.word("needs-sign-in");
    if (item.tries) return opgang.word("tried");
    return opgang.word("not-sent");
  }

  function line(template, item) {
    const row = document.importNode(template.content, true).firstElementChild;
    row.setAttribute("data-id", item.id);
    part(row, "item-title").textContent = item.title || item.page;
    part(row, "item-when").textContent = opgang.ago(item.made);
    part(row, "item-state").textContent = stateOf(item);
    part(row, "item-reason").textContent = item.reason;
    part(row, "item-reason").hidden = !item.reason;
    /* Away, not hidden: a dot stands before what is there. */
    if (item.photos.length) part(row, "item-photos").textContent = opgang.word("with-photos", { count: item.photos.length });
    else part(row, "item-photos").remove();
    part(row, "item-words").textContent = item.words || "";
    part(row, "item-words").hidden = !item.words || item.words === item.title;
    part(row, "item-change").href = item.page + "#waiting-" + item.id;
    /* A form with a mistake is refused again unless it is changed first. */
    if (item.state === "refused" && item.status === 422) {
      part(row, "item-send").hidden = true;
      part(row, "item-change").classList.remove("second");
    }
    return row;
  }

  async function showWaiting() {
    const list = document.querySelector("[data-waiting-list]");
    const template = document.querySelector("[data-waiting-template]");
    if (!list || !outbox.usable) return;
    const items = opgang.reader ? await outbox.list(opgang.reader) : [];
    const others = await outbox.others(opgang.reader);
    list.textContent = "";
    items.forEach((item) => list.appendChild(line(template, item)));
    document.querySelector("[data-nothing-waiting]").hidden = items.length > 0;
    const theirs = document.querySelector("[data-others-waiting]");
    theirs.hidden = !others;
    theirs.textContent = others ? opgang.word("others", { count: others }) : "";
  }

  async function act(button, id) {
    if (button.hasAttribute("data-item-discard")) {
      /* Twice, because nothing brings it back. */
      if (!button.hasAttribute("data-sure")) {
        button.setAttribute("data-sure", "");
        button.textContent = opgang.word("discard-sure");
        return;
      }
      await outbox.discard(id);
    }
    if (button.hasAttribute("data-item-send")) {
      button.setAttribute("aria-disabled", "true");
      await outbox.deliver(id);
    }
    await showWaiting();
  }

  function plain(html) {
    return new DOMParser().parseFromString(html, "text/html").documentElement.textContent.replace(/ – Opgang$/, "");
  }

  async function pagesSeen() {
    if (!self.caches || !opgang.reader) return [];
    const cache = await caches.open(outbox.PAGES + opgang.reader);
    const found = [];
    for (const request of await cache.keys()) {
      const response = await cache.match(request, { ignoreVary: true });
      const seen = Number(response.headers.get("Opgang-Seen"));
      const page = (response.headers.get("Content-Type") || "").startsWith("text/html");
      const path = new URL(request.url).pathname;
      if (!page || path === "/offline" || Date.now() - seen > WEEK) continue;
      const title = decodeURIComponent(response.headers.get("Opgang-Title") || "");
      found.push({ address: request.url, title: plain(title) || path, seen: seen });
    }
    return found.sort((one, other) => other.seen - one.seen);
  }

  function tellAge(place) {
    place.textContent = opgang.word("fetched", { when: opgang.ago(Number(place.getAttribute("data-page-seen"))) });
  }

  async function showSeen() {
    const list = document.querySelector("[data-seen-list]");
    const template = document.querySelector("[data-seen-template]");
    if (!list) return;
    const pages = await pagesSeen();
    list.textContent = "";
    pages.forEach(function (page) {
      const row = document.importNode(template.content, true).firstElementChild;
      row.querySelector("a").href = page.address;
      part(row, "page-title").textContent = page.title;
      part(row, "page-seen").setAttribute("data-page-seen", page.seen);
      tellAge(part(row, "page-seen"));
      list.appendChild(row);
    });
    list.hidden = !pages.length;
    document.querySelector("[data-nothing-seen]").hidden = pages.length > 0;
  }

  function showNetwork() {
    const off = opgang.offline();
    opgang.each(document, "[data-when-offline]", (it) => (it.hidden = !off));
    opgang.each(document, "[data-when-online]", (it) => (it.hidden = off));
  }

  opgang.each(document, "[data-page-missing]", (it) => (it.hidden = !document.documentElement.hasAttribute("data-missing")));

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-item-send], [data-item-discard]");
    if (button) act(button, button.closest("[data-id]").getAttribute("data-id")).catch(Boolean);
  });
  self.addEventListener("opgang:outbox", () => showWaiting().catch(Boolean));
  self.addEventListener("opgang:network", showNetwork);
  setInterval(() => opgang.each(document, "[data-page-seen]", tellAge), MINUTE);
  showNetwork();
  showWaiting().catch(Boolean);
  showSeen().catch(Boolean);
})();
