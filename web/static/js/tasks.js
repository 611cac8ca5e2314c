/* The clock of a task, also without network: what waits on this phone to be sent counts here at once, in its order. */
(function () {
  "use strict";
  const opgang = self.opgang;
  const outbox = opgang.outbox;
  const AFTER = { start: "running", pause: "paused", finish: "done" };

  function stepOf(item) {
    const fields = new Map(item.fields);
    return fields.get("step");
  }

  /* Where the task stands once all that waits has arrived, and the step that brought it there. */
  function ahead(state, items) {
    let last = null;
    items.forEach(function (item) {
      const step = stepOf(item);
      if (!AFTER[step]) return;
      state = AFTER[step];
      last = item;
    });
    return { state: state, last: last };
  }

  function clock(moment) {
    return new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  }

  function show(card, state, item) {
    opgang.each(card, "[data-when]", function (it) {
      it.hidden = it.getAttribute("data-when").split(" ").indexOf(state) < 0;
      if (item && !it.hidden) opgang.forms.wake(it);
    });
    const word = card.querySelector("[data-clock-waits]");
    word.hidden = !item;
    if (item) word.textContent = word.getAttribute("data-" + state).replace("{time}", clock(item.made + (item.ahead || 0)));
  }

  async function follow() {
    const card = document.querySelector("[data-task]");
    if (!card || !outbox.usable || !opgang.reader) return;
    const form = card.querySelector("form[data-when]");
    if (!form) return;
    const items = (await outbox.list(opgang.reader)).filter((it) => it.state === "waiting" && it.url === form.getAttribute("action"));
    const found = ahead(card.getAttribute("data-state"), items);
    show(card, found.state, found.last);
  }

  function again() {
    follow().catch(Boolean);
  }

  self.addEventListener("opgang:outbox", again);
  document.addEventListener("opgang:live", again);
  again();
})();
