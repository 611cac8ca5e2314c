/* Reads a piece of the page aloud by the phone's own voice. A piece in a language without a voice has no button. */
(function () {
  "use strict";
  const speech = self.speechSynthesis;
  if (!speech || !self.SpeechSynthesisUtterance) return;
  /* Longer ones are cut off by some voices halfway. */
  const LONGEST = 200;
  const SKIPPED = "[aria-hidden=true], .aside, button, form, script, template, summary, details:not([open]), [hidden], [data-read-aloud]";
  /* The control whose piece is being read, and how far that is. */
  let now = null;
  let state = "quiet";

  function base(tag) {
    return tag.toLowerCase().split(/[-_]/)[0];
  }

  /* A voice of the phone itself: any other sends the text away to be spoken, a letter to one's household, too. */
  function voiceOf(language) {
    return speech.getVoices().find((voice) => voice.localService && base(voice.lang) === base(language));
  }

  function languageOf(element) {
    const named = element.closest("[lang]");
    return named ? named.getAttribute("lang") : document.documentElement.lang;
  }

  /* The piece's texts in order, each with its language; what stands in one block is said in one go. */
  function texts(piece) {
    const found = [];
    const walker = document.createTreeWalker(piece, NodeFilter.SHOW_TEXT, null, false);
    while (walker.nextNode()) {
      const text = walker.currentNode.data.replace(/\s+/g, " ");
      const parent = walker.currentNode.parentElement;
      const skipped = parent.closest(SKIPPED);
      /* What is folded around the piece is unfolded before its button is seen. */
      if (!text.trim() || (skipped && !skipped.contains(piece))) continue;
      const block = parent.closest("p, li, dd, dt, h1, h2, h3, h4, td, th, figcaption") || parent;
      const last = found[found.length - 1];
      const language = languageOf(parent);
      if (last && last.block === block && last.language === language) last.text += text;
      else found.push({ block: block, language: language, text: text });
    }
    return found.map((one) => ({ language: one.language, text: one.text.trim() }));
  }

  /* The language in which most of the piece is written: without a voice for that, reading it makes no sense. */
  function mainLanguage(piece) {
    const letters = {};
    texts(piece).forEach((one) => (letters[one.language] = (letters[one.language] || 0) + one.text.length));
    return Object.keys(letters).sort((one, other) => letters[other] - letters[one])[0];
  }

  /* Sentences, and where one is very long, its parts. */
  function parts(text) {
    const found = [];
    (text.match(/[^.!?؟…]+[.!?؟…]*\s*/g) || [text]).forEach(function (sentence) {
      let rest = sentence.trim();
      while (rest.length > LONGEST) {
        const at = rest.lastIndexOf(" ", LONGEST);
        found.push(rest.slice(0, at > 0 ? at : LONGEST));
        rest = rest.slice(at > 0 ? at + 1 : LONGEST);
      }
      if (rest) found.push(rest);
    });
    return found;
  }

  function pieceOf(control) {
    return document.getElementById(control.getAttribute("data-read-aloud"));
  }

  function show(control, how) {
    if (control === now) state = how;
    control.querySelector("[data-read]").hidden = how !== "quiet";
    control.querySelector("[data-pause]").hidden = how !== "reading";
    control.querySelector("[data-go-on]").hidden = how !== "paused";
    control.querySelector("[data-stop]").hidden = how === "quiet";
  }

  function stop() {
    if (!now) return;
    const control = now;
    now = null;
    speech.cancel();
    show(control, "quiet");
  }

  function read(control) {
    stop();
    const spoken = [];
    texts(pieceOf(control)).forEach(function (one) {
      const voice = voiceOf(one.language);
      if (voice) parts(one.text).forEach((part) => spoken.push({ text: part, voice: voice, language: one.language }));
    });
    if (!spoken.length) return;
    now = control;
    spoken.forEach(function (one, at) {
      const utterance = new SpeechSynthesisUtterance(one.text);
      utterance.lang = one.language;
      utterance.voice = one.voice;
      utterance.onerror = () => now === control && stop();
      if (at === spoken.length - 1) utterance.onend = () => now === control && stop();
      speech.speak(utterance);
    });
    show(control, "reading");
    control.querySelector("[data-pause]").focus();
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-read-aloud] button");
    if (!button) return;
    const control = button.closest("[data-read-aloud]");
    if (button.hasAttribute("data-read")) return read(control);
    if (button.hasAttribute("data-stop")) {
      stop();
      return control.querySelector("[data-read]").focus();
    }
    const paused = button.hasAttribute("data-pause");
    if (paused) speech.pause();
    else speech.resume();
    show(control, paused ? "paused" : "reading");
    control.querySelector(paused ? "[data-go-on]" : "[data-pause]").focus();
  });

  /* Voices come late, and pieces are fetched anew. */
  function offer() {
    self.opgang.each(document, "[data-read-aloud]", function (control) {
      const piece = pieceOf(control);
      const language = piece && mainLanguage(piece);
      control.hidden = !language || !voiceOf(language);
      show(control, control === now ? state : "quiet");
    });
    if (now && !document.contains(now)) {
      now = null;
      speech.cancel();
    }
  }

  if (speech.addEventListener) speech.addEventListener("voiceschanged", offer);
  else speech.onvoiceschanged = offer;
  document.addEventListener("htmx:after:swap", offer);
  self.addEventListener("pagehide", () => speech.cancel());
  speech.cancel();
  offer();
})();
