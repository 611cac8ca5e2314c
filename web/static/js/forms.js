/* Forms that must not lose a word: kept while being written, and sent through the outbox (data-outbox). */
(function () {
  "use strict";
  const opgang = self.opgang;
  const outbox = opgang.outbox;
  const UNKEPT = { hidden: true, password: true, file: true, submit: true, button: true };
  const PATIENT = 8000;
  let pressed = null;
  let saving = 0;

  /* Drafts: by reader and address, cleared when sent, and by the frame (app.js) after a week. */

  function draftKey(form) {
    return "draft " + opgang.reader + " " + (form.getAttribute("action") || location.pathname);
  }

  function kept(form) {
    return Array.prototype.filter.call(form.elements, (it) => it.name && !UNKEPT[it.type]);
  }

  function valuesOf(form) {
    return kept(form)
      .filter((it) => it.checked || !/^(radio|checkbox)$/.test(it.type))
      .map((it) => [it.name, it.value]);
  }

  function written(form) {
    return kept(form).some((it) => /^(textarea|text)$/.test(it.type) && it.value.trim() && it.value !== it.defaultValue);
  }

  function saveDraft(form) {
    try {
      if (!written(form)) return localStorage.removeItem(draftKey(form));
      localStorage.setItem(draftKey(form), JSON.stringify({ at: Date.now(), title: titleOf(form), fields: valuesOf(form) }));
    } catch (error) {
      /* A full or forbidden store: then the page itself is the only copy, as everywhere else. */
    }
  }

  function dropDraft(form) {
    try {
      localStorage.removeItem(draftKey(form));
    } catch (error) {
      /* Nothing was kept. */
    }
  }

  /* Under which id it goes out: by that the house knows later whether it came (app.js). */
  function notePosted(form) {
    const draft = draftOf(form);
    if (!draft) return;
    try {
      localStorage.setItem(draftKey(form), JSON.stringify(Object.assign(draft, { posted: form.elements.submission.value })));
    } catch (error) {
      /* Then the draft is offered once more. */
    }
  }

  function draftOf(form) {
    try {
      return JSON.parse(localStorage.getItem(draftKey(form)));
    } catch (error) {
      return null;
    }
  }

  function fill(form, fields) {
    const values = new Map();
    fields.forEach((pair) => values.set(pair[0], (values.get(pair[0]) || []).concat(pair[1])));
    kept(form).forEach(function (it) {
      const given = values.get(it.name) || [];
      if (/^(radio|checkbox)$/.test(it.type)) it.checked = given.indexOf(it.value) >= 0;
      else if (given.length) it.value = given.shift();
    });
  }

  async function bringDraftBack(form) {
    await opgang.settled;
    const draft = document.querySelector("[data-errors]") ? null : draftOf(form);
    if (!draft || written(form)) return;
    fill(form, draft.fields);
    /* Should it have come all the same: sent again as it is, it is the one it was. */
    if (draft.posted) form.elements.submission.value = draft.posted;
    opgang.fields.follow(form);
    const note = opgang.piece("draft");
    note.setAttribute("data-draft-note", "");
    note.querySelector("button").addEventListener("click", function () {
      dropDraft(form);
      finish(form);
    });
    form.insertBefore(note, form.firstChild);
  }

  /* What was pressed, for browsers that do not say so with the submit. */
  document.addEventListener("click", function (event) {
    pressed = event.target.closest("button, input[type=submit]");
  });

  function fieldsOf(form, button) {
    const fields = [];
    new FormData(form).forEach(function (value, name) {
      if (typeof value === "string" && name !== "submission") fields.push([name, value]);
    });
    if (button && button.form === form && button.name) fields.push([button.name, button.value]);
    return fields;
  }

  function titleOf(form) {
    const named = form.querySelector("input[type=text], textarea");
    return form.getAttribute("data-title") || (named && named.value.trim().slice(0, 80)) || document.title.replace(/ – Opgang$/, "");
  }

  /* So that nothing is out of sight while it waits: the long texts, and of what is done once what was pressed. */
  function wordsOf(form, button) {
    const texts = kept(form).filter((it) => it.type === "textarea" && it.value.trim());
    if (!once(form)) return texts.map((it) => it.value.trim()).join("\n\n");
    const chosen = kept(form).filter((it) => it.selectedOptions);
    const done = button && button.form === form ? [button.textContent.trim()] : [];
    return done.concat(chosen.map((it) => it.selectedOptions[0].text)).join(" · ");
  }

  /* What is done once (data-once), by whichever of its forms: they have one address, and wait and rest together. */
  function once(form) {
    return form.hasAttribute("data-once");
  }

  function alike(form) {
    if (!once(form)) return [form];
    const all = Array.prototype.slice.call(document.querySelectorAll("form[data-once]"));
    return all.filter((it) => it.getAttribute("action") === form.getAttribute("action"));
  }

  /* The form's word about what is happening to it. */

  function say(form, name, text) {
    const before = form.querySelector("[data-outcome]");
    if (before) before.remove();
    if (!name) return;
    const note = opgang.piece(name);
    note.setAttribute("data-outcome", "");
    const place = note.querySelector("[data-text]");
    if (place && text) {
      place.textContent = text;
      place.hidden = false;
    }
    form.appendChild(note);
    return note;
  }

  function sayInSight(form, name, text) {
    const note = say(form, name, text);
    note.scrollIntoView({ block: "center" });
    return note;
  }

  /* Buttons stay focusable while a form is on its way; a second press does nothing. */
  function busy(form, is) {
    alike(form).forEach(function (one) {
      one.setAttribute("aria-busy", String(is));
      opgang.each(one, "button:not([type=button])", (it) => it.setAttribute("aria-disabled", String(is)));
    });
  }

  /* Sent: the draft is done with, and nobody who comes back to this page finds it filled in. */
  function sent(form, address) {
    clearTimeout(saving);
    dropDraft(form);
    const target = address && new URL(address, location.href);
    const here = !target || (target.pathname === location.pathname && opgang.live && opgang.live.present());
    if (!here) {
      form.setAttribute("data-sent-form", "");
      form.setAttribute("autocomplete", "off");
      location.assign(target.href);
      if (target.pathname === location.pathname && target.hash) opgang.again();
      return;
    }
    finish(form);
    rest(form);
    opgang.announce(opgang.word("sent"));
    if (!target) return say(form, "sent");
    opgang.live.refresh().then(function () {
      const arrived = target.hash && document.getElementById(decodeURIComponent(target.hash.slice(1)));
      if (arrived) arrived.scrollIntoView({ block: "nearest" });
    });
  }

  /* A second press does nothing until something is written again: it would send what is not meant. */
  function rest(form) {
    busy(form, true);
    alike(form).forEach(function (it) {
      it.removeAttribute("aria-busy");
      it.setAttribute("data-resting", "");
    });
  }

  function wake(form) {
    if (!form.hasAttribute("data-resting")) return;
    alike(form).forEach((it) => it.removeAttribute("data-resting"));
    busy(form, false);
  }

  /* As the form was before anybody wrote in it. */
  function finish(form) {
    wake(form);
    busy(form, false);
    alike(form).forEach(function (it) {
      say(it, null);
      it.removeAttribute("data-waiting-id");
    });
    form.reset();
    opgang.fields.clear(form);
    opgang.fields.follow(form);
    opgang.photos.bringBack(form, []);
    opgang.each(form, "[data-preview]", (it) => (it.textContent = ""));
    opgang.each(form, "[data-draft-note]", (it) => it.remove());
  }

  /* Refused before one's eyes: the form itself says why, and nothing is left waiting that had not waited before. */
  async function refused(form, item) {
    const waited = form.hasAttribute("data-waiting-id");
    if (waited) form.setAttribute("data-waiting-id", item.id);
    else await outbox.discard(item.id);
    saveDraft(form);
    say(form, null);
    /* What was written is shown beside what it says by now: the next try means that. */
    if (item.version) form.elements.version.value = item.version;
    if (!opgang.fields.show(form, item.problems)) sayInSight(form, "refused", item.reason);
  }

  /* What was changed stands as it will be, and changing more of it changes what waits; a new thing waits, and the
     form is empty for another. */
  function queued(form, id, outcome) {
    clearTimeout(saving);
    dropDraft(form);
    if (once(form) && outcome.end !== "locked") {
      waits(form, outcome.item || { id: id, words: "" });
      return opgang.announce(opgang.word("kept"));
    }
    if (form.elements.version) form.setAttribute("data-waiting-id", id);
    else finish(form);
    rest(form);
    const note = sayInSight(form, outcome.end === "locked" ? "locked" : "queued", outcome.item && outcome.item.reason);
    note.setAttribute("data-waits", id);
    opgang.each(note, "[data-if-offline]", (it) => (it.hidden = !opgang.offline()));
    opgang.each(note, "[data-if-online]", (it) => (it.hidden = opgang.offline()));
    opgang.askForSync();
    opgang.announce(opgang.word("kept"));
  }

  /* What is done once stands as what it will be, and can be taken back. Nothing moves under the thumb. */
  function waits(form, item) {
    const forms = alike(form);
    forms.forEach(function (it) {
      say(it, null);
      it.setAttribute("data-waiting-id", item.id);
    });
    rest(form);
    say(forms[0], "waits", item.words).setAttribute("data-waits", item.id);
    opgang.askForSync();
    countHere();
  }

  /* On whatever page it was done, and however often that was opened since. */
  async function restWhatWaits() {
    const items = outbox.usable && opgang.reader ? await outbox.list(opgang.reader) : [];
    opgang.each(document, "form[data-once]", function (form) {
      const item = items.filter((it) => it.url === form.getAttribute("action")).pop();
      if (item && opgang.tended.has(item.id)) return;
      if (!item && form.hasAttribute("data-waiting-id")) finish(form);
      if (!item || form.getAttribute("data-waiting-id") === item.id || alike(form)[0] !== form) return;
      if (item.state === "waiting") waits(form, item);
      else turnedDown(form, item);
    });
    countHere();
  }

  /* What is tried next at a thing done once is meant instead of what was refused. */
  function turnedDown(form, item) {
    tellEnd(form, "turned-down", item.page + "#waiting-" + item.id, item.reason);
    if (!once(form)) return;
    wake(form);
    alike(form).forEach((it) => it.setAttribute("data-waiting-id", item.id));
  }

  function countHere() {
    opgang.each(document, "[data-waiting-here]", function (it) {
      const count = it.closest("details").querySelectorAll("[data-waits]").length;
      it.hidden = !count;
      it.textContent = opgang.word("waiting-here", { count: count });
    });
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-take-back]");
    if (!button) return;
    const form = button.closest("form");
    outbox.discard(form.getAttribute("data-waiting-id")).then(function () {
      finish(form);
      countHere();
      form.querySelector("button").focus();
    }, Boolean);
  });

  /* The box that says it waits tells how that ended. */
  function tellEnd(form, name, address, reason) {
    say(form, name, reason).querySelector("[data-address]").href = address;
    if (form.hasAttribute("data-waiting-id")) opgang.photos.bringBack(form, []);
    alike(form).forEach((it) => it.removeAttribute("data-waiting-id"));
  }

  /* What is done once shows that itself, where the page is a live one. */
  function arrived(form, address) {
    tellEnd(form, "delivered", address);
    countHere();
    if (once(form) && opgang.live) opgang.live.refresh().catch(Boolean);
  }

  async function followWaiting(note, news) {
    const id = note.getAttribute("data-waits");
    const form = note.closest("form");
    if (news.outbox === "sent" && news.about.id === id) return arrived(form, news.about.address);
    const item = await outbox.find(id);
    if (!item || item.state !== "refused" || !note.parentNode) return;
    turnedDown(form, item);
  }

  self.addEventListener("opgang:outbox", function (event) {
    opgang.each(document, "[data-waits]", (note) => followWaiting(note, event.detail).catch(Boolean));
  });

  function ended(form, id, outcome) {
    busy(form, false);
    if (outcome.end === "sent" || outcome.end === "gone") return sent(form, outcome.address);
    if (outcome.end === "refused") return refused(form, outcome.item);
    opgang.tended.delete(id);
    self.dispatchEvent(new CustomEvent("opgang:outbox", { detail: { outbox: "changed" } }));
    return queued(form, id, outcome);
  }

  /* An attempt whose end nobody knows keeps its id, so that the server can tell it is the same; a refused one is new. */
  async function idFor(form) {
    const before = form.getAttribute("data-waiting-id");
    const item = before && (await outbox.find(before));
    return { id: item && item.unsure ? before : outbox.freshId(), replaces: before };
  }

  async function itemOf(form, button) {
    const known = await idFor(form);
    return [
      {
        id: known.id,
        reader: opgang.reader,
        url: form.getAttribute("action") || location.pathname,
        page: opgang.answered || location.pathname + location.search,
        title: titleOf(form),
        words: wordsOf(form, button),
        fields: fieldsOf(form, button),
        photos: await opgang.photos.allPacked(form),
      },
      known.replaces,
    ];
  }

  /* No store after all (a private window): as any form, then, which needs the network at once. */
  function sendPlainly(form) {
    if (navigator.onLine === false) {
      busy(form, false);
      say(form, null);
      return opgang.sayOffline(form, "no-sending");
    }
    form.setAttribute("data-plain", "");
    notePosted(form);
    form.submit();
  }

  async function submit(form, button) {
    let item;
    try {
      const made = await itemOf(form, button);
      item = made[0];
      opgang.tended.add(item.id);
      await outbox.add(item, made[1]);
      /* The outbox has the words now: were this page closed, they would be offered a second time. */
      dropDraft(form);
    } catch (error) {
      return sendPlainly(form);
    }
    const patience = setTimeout(() => say(form, "slow-sending"), PATIENT);
    const attempt = navigator.onLine === false ? Promise.reject(new Error("offline")) : outbox.deliver(item.id);
    const outcome = await attempt.catch(() => ({ end: "waiting", item: item }));
    clearTimeout(patience);
    return ended(form, item.id, outcome);
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!opgang.reader || !form.matches("form[data-outbox]")) return;
    clearTimeout(saving);
    saveDraft(form);
    if (form.hasAttribute("data-plain") || !outbox.usable) return notePosted(form);
    const button = event.submitter || pressed;
    /* A button with an address of its own asks for something to look at, not to be sent later. */
    if (button && button.form === form && button.hasAttribute("formaction")) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true" || form.hasAttribute("data-resting") || opgang.photos.busy(form)) return;
    if (opgang.fields.show(form, Object.assign(opgang.fields.problems(form), opgang.photos.problems(form)))) return;
    busy(form, true);
    if (!once(form)) say(form, "sending");
    submit(form, button);
  });

  /* A page that comes back from a cache carries yesterday's id: the next post is a new one. */
  function renewIds() {
    opgang.each(document, "input[name=submission]", (it) => (it.value = outbox.freshId()));
  }

  self.addEventListener("pagehide", () => opgang.each(document, "[data-sent-form]", finish));
  self.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    renewIds();
    restWhatWaits().catch(Boolean);
  });
  document.addEventListener("opgang:live", () => restWhatWaits().catch(Boolean));
  if (outbox.usable && document.documentElement.hasAttribute("data-seen")) renewIds();

  /* "Change" on the waiting list: /board/new#waiting-ID. */
  async function bringWaitingBack() {
    const asked = /^#waiting-(\w+)$/.exec(location.hash);
    const item = asked && outbox.usable && (await outbox.find(asked[1]));
    if (!item || item.reader !== opgang.reader) return;
    const forms = Array.prototype.filter.call(document.querySelectorAll("form[data-outbox]"), (it) => it.getAttribute("action") === item.url);
    const form = forms.filter((it) => item.fields.every((pair) => it.elements[pair[0]]))[0] || forms[0];
    if (!form) return;
    for (let within = form.closest("details"); within; within = within.parentNode.closest("details")) within.open = true;
    wake(form);
    fill(form, item.fields);
    opgang.fields.follow(form);
    opgang.photos.bringBack(form, item.photos);
    form.setAttribute("data-waiting-id", item.id);
    form.scrollIntoView();
    if (item.state === "refused" && !opgang.fields.show(form, item.problems || {})) sayInSight(form, "refused", item.reason);
  }

  self.addEventListener("hashchange", () => bringWaitingBack().catch(Boolean));

  ["input", "change", "opgang:photos"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      const form = event.target.closest("form[data-outbox]");
      if (form) wake(form);
    });
  });

  document.addEventListener("input", function (event) {
    const form = event.target.form;
    if (!form || !opgang.reader || !form.matches("form[data-outbox]")) return;
    clearTimeout(saving);
    if (form.getAttribute("aria-busy") === "true") return;
    saving = setTimeout(() => saveDraft(form), 400);
  });

  opgang.each(document, "form[data-outbox]", function (form) {
    if (opgang.reader && !/^#waiting-/.test(location.hash)) bringDraftBack(form).catch(Boolean);
  });
  opgang.forms = { wake };
  restWhatWaits().then(bringWaitingBack).catch(Boolean);
})();
