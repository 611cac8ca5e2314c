/* `/contact`: finds who helps while one types, also without network. The house finds the same without this. */
(function () {
  "use strict";
  const form = document.querySelector("[data-finder]");
  const list = document.querySelector("[data-topics]");
  if (!form || !list) return;
  const input = form.querySelector("input[type=search]");
  const AS_A_WORD = 3;
  const INSIDE = 1;
  const SHORTEST_KEY = 4;
  const MOST_ASKED = 8;
  const ENDINGS = /^(e|en|er|ene|erne|ens|ers|et|ets|n|ne|r|rne|s|es|t|te|de|ede|ende|ing|ة|ه|ي|ك|ات|ون|ين|ها|هم|نا)$/;
  const ARTICLE = /^[وفبكل]?ال/;

  /* A letter as the house keeps it: æ, ø and å as two, no accents, no vowel marks. */
  function letter(sign) {
    if (sign === "æ") return "ae";
    if (sign === "ø") return "oe";
    if (sign === "å") return "aa";
    if (/[\u0300-\u036f\u0640\u064b-\u065f]/.test(sign)) return "";
    const base = sign.normalize("NFD")[0];
    return /[a-z0-9\u0600-\u06ff]/.test(base) ? base : " ";
  }

  function words(text) {
    const even = Array.from(text.toLowerCase().normalize("NFC")).map(letter).join("");
    return even.split(" ").filter(Boolean);
  }

  const filler = new Set(words(list.getAttribute("data-filler")));
  const CAN_WAIT = 2;
  const topics = Array.prototype.map.call(document.querySelectorAll("[data-topic]"), function (item) {
    return {
      item: item,
      at: Number(item.getAttribute("data-at")),
      group: document.querySelector("[data-group=" + item.getAttribute("data-in") + "] ul"),
      rank: Number(item.getAttribute("data-rank")),
      keys: item.getAttribute("data-keys").split(" "),
      sayings: (item.getAttribute("data-sayings") || "").split(",").map(words),
    };
  });
  /* What one's own home is told of already: shown above the answers, where it is about what is asked. */
  const told = document.querySelector("[data-told]");
  const notices = Array.prototype.map.call(document.querySelectorAll("[data-notice]"), function (item) {
    return { item: item, keys: item.getAttribute("data-notice").split(" ") };
  });
  const hurriesFirst = (one, other) => one.rank - other.rank;
  /* As they stand without a question, each in its group. */
  const order = sorted(topics, (one, other) => one.at - other.at);

  /* As `sort`, but what is alike keeps its order in older browsers, too. */
  function sorted(list, compare) {
    const at = new Map(list.map((one, index) => [one, index]));
    return list.slice().sort((one, other) => compare(one, other) || at.get(one) - at.get(other));
  }

  function same(word, key) {
    if (word === key) return true;
    if (key.length >= 3 && word.startsWith(key)) return ENDINGS.test(word.slice(key.length));
    return word.length >= 3 && key.startsWith(word) && ENDINGS.test(key.slice(word.length));
  }

  function within(word, key) {
    if (word.length >= 3 && key.startsWith(word)) return true;
    if (word.length >= SHORTEST_KEY && key.includes(word)) return true;
    return key.length >= SHORTEST_KEY && word.includes(key);
  }

  function worth(topic, word) {
    const plain = word.replace(ARTICLE, "");
    const forms = plain.length > 1 && plain !== word ? [word, plain] : [word];
    if (forms.some((form) => topic.keys.some((key) => same(form, key)))) return AS_A_WORD;
    return forms.some((form) => topic.keys.some((key) => within(form, key))) ? INSIDE : 0;
  }

  /* How many words the longest of its sayings has that was typed whole: “ingen varme”. */
  function whole(topic, typed) {
    const said = topic.sayings.filter((saying) => saying.every((word) => typed.some((one) => same(one, word))));
    return Math.max.apply(null, said.map((saying) => saying.length).concat(0));
  }

  /* The best match, of those alike the one that can wait; below it what hurries, then the others. */
  function found(typed) {
    const asked = typed.filter((word) => !filler.has(word));
    if (!asked.length) return order;
    const scores = new Map(topics.map((topic) => [topic, 0]));
    asked.slice(0, MOST_ASKED).forEach(function (word) {
      const fitting = topics.map((topic) => [topic, worth(topic, word)]).filter((one) => one[1]);
      /* A word that few topics have tells more. */
      fitting.forEach((one) => scores.set(one[0], scores.get(one[0]) + one[1] * (1 + 1 / fitting.length)));
    });
    topics.filter((topic) => scores.get(topic)).forEach((topic) => scores.set(topic, scores.get(topic) + whole(topic, typed)));
    const best = Math.max.apply(null, Array.from(scores.values()));
    const fitting = order.filter((topic) => scores.get(topic) * 2 > best);
    const fits = sorted(fitting, (one, other) => scores.get(other) - scores.get(one) || other.rank - one.rank);
    return fits.slice(0, 1).concat(sorted(fits.slice(1), hurriesFirst));
  }

  function tellOfNotices(typed) {
    const asked = typed.filter((word) => !filler.has(word));
    notices.forEach((notice) => (notice.item.hidden = !asked.some((word) => worth(notice, word))));
    if (told) told.hidden = notices.every((notice) => notice.item.hidden);
  }

  function show() {
    const typed = input.value.trim();
    const answers = found(words(typed));
    tellOfNotices(words(typed));
    const waits = answers.length > 0 && answers[0].rank === CAN_WAIT;
    topics.forEach((topic) => (topic.item.hidden = true));
    answers.forEach(function (topic, at) {
      topic.item.hidden = false;
      const asks = waits && topic.rank !== CAN_WAIT;
      if (topic.rank !== CAN_WAIT) topic.item.querySelector(".name").textContent = topic.item.getAttribute(asks ? "data-asks" : "data-title");
      topic.item.querySelector("details").open = Boolean(typed) && at < 2 && !asks;
    });
    /* The list holds all of them while something is asked, those not found hidden behind the others. */
    const shown = new Set(answers);
    const hidden = order.filter((topic) => !shown.has(topic));
    answers.concat(hidden).forEach((topic) => (typed ? list : topic.group).appendChild(topic.item));
    document.querySelector("[data-nothing]").hidden = answers.length > 0;
    self.opgang.each(document, "[data-when-asking]", (it) => (it.hidden = Boolean(typed)));
    self.opgang.each(document, "[data-when-asked]", (it) => (it.hidden = !typed));
    tell(typed ? answers.length : -1);
  }

  let telling = 0;

  /* Said once typing rests, so that a reader of the screen is not interrupted by every letter. */
  function tell(count) {
    const place = document.querySelector("[data-found]");
    clearTimeout(telling);
    telling = setTimeout(function () {
      if (count < 1) place.textContent = "";
      else place.textContent = count === 1 ? place.getAttribute("data-one") : place.getAttribute("data-many").replace("{count}", count);
    }, 700);
  }

  /* The address keeps the question, for going back and for reading the page again. */
  function note() {
    const address = new URL(location.href);
    if (input.value.trim()) address.searchParams.set("q", input.value.trim());
    else address.searchParams.delete("q");
    history.replaceState(history.state, "", address.href);
  }

  input.addEventListener("input", show);
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    show();
    note();
    const first = list.querySelector("[data-topic]:not([hidden]) summary");
    if (first) first.focus();
  });
  document.querySelector("[data-show-all]").addEventListener("click", function (event) {
    event.preventDefault();
    input.value = "";
    show();
    note();
    input.focus();
  });
  /* Fresh blocks come as the house made them, without knowing what is being typed. */
  document.addEventListener("htmx:after:swap", () => self.opgang.each(document, "[data-when-asking]", (it) => (it.hidden = Boolean(input.value.trim()))));

  /* A page kept from earlier does not know whether the office is open now. */
  if (document.documentElement.hasAttribute("data-seen")) {
    self.opgang.each(document, "[data-now]", (it) => (it.hidden = true));
    self.opgang.each(document, "[data-not-now]", (it) => (it.hidden = false));
  }
})();
