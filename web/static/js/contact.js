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
  const ENDINGS = /^(e|en|er|ene|erne|ens|ers|et|ets|n|ne|r|rne|s|es|t|te|de|ede|ende|ing|ة|ه|ي|ك|ات|ون|ين|ها|هم|نا)$/;
  const ARTICLE = /^[وفبكل]?ال/;
  const topics = Array.prototype.map.call(list.children, function (item) {
    return { item: item, rank: Number(item.getAttribute("data-rank")), keys: item.getAttribute("data-keys").split(" ") };
  });
  /* As they stand without a question: what cannot wait first. */
  const order = topics.slice().sort((one, other) => one.rank - other.rank);

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

  function found(asked) {
    if (!asked.length) return order;
    const scores = new Map(topics.map((topic) => [topic, 0]));
    asked.forEach(function (word) {
      const fitting = topics.map((topic) => [topic, worth(topic, word)]).filter((one) => one[1]);
      /* A word that few topics have tells more. */
      fitting.forEach((one) => scores.set(one[0], scores.get(one[0]) + one[1] * (1 + 1 / fitting.length)));
    });
    const best = Math.max.apply(null, Array.from(scores.values()));
    return order
      .filter((topic) => scores.get(topic) * 2 > best)
      .map((topic, at) => [topic, at])
      .sort((one, other) => one[0].rank - other[0].rank || scores.get(other[0]) - scores.get(one[0]) || one[1] - other[1])
      .map((one) => one[0]);
  }

  function show() {
    const typed = input.value.trim();
    const answers = found(words(typed).filter((word) => !filler.has(word)));
    topics.forEach((topic) => (topic.item.hidden = true));
    answers.forEach(function (topic, at) {
      topic.item.hidden = false;
      topic.item.querySelector("details").open = Boolean(typed) && at < 2;
      list.appendChild(topic.item);
    });
    document.querySelector("[data-nothing]").hidden = answers.length > 0;
    self.opgang.each(document, "[data-when-asking]", (it) => (it.hidden = Boolean(typed)));
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
