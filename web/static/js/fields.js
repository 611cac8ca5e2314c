/* Fields: what stands beside them. Problems and their summary, folds that belong to an answer, room left, suggestions. */
(function () {
  "use strict";
  const opgang = self.opgang;
  const NEARLY_FULL = 0.85;

  function array(list) {
    return Array.prototype.slice.call(list);
  }

  /* A question's answer and the box around it, by its name in the form. */
  function placeOf(form, name) {
    const input = form.querySelector('[id="f-' + name + '"]');
    const field = input && input.closest(".field");
    return field ? { input: input, field: field } : null;
  }

  /* Who is said to be wrong: the one control, or the whole group of choices. */
  function teller(place) {
    return place.field.getAttribute("role") === "radiogroup" ? place.field : place.input;
  }

  function described(element, change) {
    const before = (element.getAttribute("aria-describedby") || "").split(" ").filter(Boolean);
    const after = change(before).join(" ");
    if (after) element.setAttribute("aria-describedby", after);
    else element.removeAttribute("aria-describedby");
  }

  /* Problems: beside each field what was said of it, above all of them a summary that leads there. */

  function unmark(field) {
    opgang.each(field, "[data-problem]", function (line) {
      [field].concat(array(field.querySelectorAll("[aria-describedby]"))).forEach(function (it) {
        described(it, (ids) => ids.filter((id) => id !== line.id));
      });
      line.remove();
    });
    field.classList.remove("wrong");
    field.removeAttribute("aria-invalid");
    opgang.each(field, "[aria-invalid]", (it) => it.removeAttribute("aria-invalid"));
  }

  function mark(place, name, text) {
    unmark(place.field);
    const line = opgang.piece("problem");
    line.setAttribute("data-problem", "");
    line.id = "f-" + name + "-problem";
    line.querySelector("[data-text]").textContent = text;
    const above = array(place.field.children).filter((it) => it.matches("legend, label, .hint[id]")).pop();
    place.field.insertBefore(line, above ? above.nextSibling : place.field.firstChild);
    place.field.classList.add("wrong");
    teller(place).setAttribute("aria-invalid", "true");
    described(teller(place), (ids) => [line.id].concat(ids));
    for (let fold = place.field.closest("details"); fold; fold = fold.parentNode.closest("details")) {
      fold.hidden = false;
      fold.open = true;
    }
  }

  /* What the phone itself can tell of an answer, before anything is sent or waits. */
  function wrong(it) {
    if (!it.willValidate || it.closest("[data-open-with][hidden]")) return "";
    const blank = it.validity.valueMissing || (it.required && !it.value.trim());
    if (!blank && it.validity.valid) return "";
    return (blank && it.getAttribute("data-missing")) || it.validationMessage;
  }

  /* field name → what is wrong; a day and a time that are both missing are one thing to mend. */
  function problems(form) {
    const found = {};
    array(form.elements).forEach(function (it) {
      const text = wrong(it);
      if (text && Object.keys(found).every((name) => found[name] !== text)) found[it.name] = text;
    });
    return found;
  }

  function clear(form) {
    opgang.each(form, "[data-errors]", (it) => it.remove());
    opgang.each(form, ".field.wrong", unmark);
  }

  function labelOf(field) {
    const label = field.querySelector("legend, label");
    const text = label ? label.firstChild.textContent.trim() : "";
    return text && !/[?؟]$/.test(text) ? text + ": " : "";
  }

  function summaryLine(form, name, text) {
    const place = placeOf(form, name);
    const item = document.createElement("li");
    const said = item.appendChild(document.createElement(place ? "a" : "span"));
    said.textContent = (place ? labelOf(place.field) : "") + text;
    if (place) {
      said.href = "#f-" + name;
      mark(place, name, text);
    }
    return item;
  }

  /* True when there was something to show; the summary gets the focus. */
  function show(form, problems) {
    const names = Object.keys(problems);
    clear(form);
    if (!names.length) return false;
    const summary = opgang.piece("errors");
    summary.setAttribute("data-errors", "");
    summary.querySelector("[data-text]").textContent = opgang.word(names.length === 1 ? "one-problem" : "problems", { count: names.length });
    names.forEach((name) => summary.querySelector("ul").appendChild(summaryLine(form, name, problems[name])));
    form.insertBefore(summary, form.firstChild);
    summary.focus();
    return true;
  }

  /* A preview names the fields that are still wrong: what was said of the others no longer holds. Photos do not come
     along with it, so it knows nothing of them. */
  function settle(form) {
    const preview = form.querySelector("[data-preview][data-wrong]");
    const summary = form.querySelector("[data-errors]");
    const wrong = preview ? preview.getAttribute("data-wrong").split(" ") : [];
    if (preview) preview.removeAttribute("data-wrong");
    if (!preview || !summary) return;
    opgang.each(summary, "a", function (link) {
      const name = link.getAttribute("href").slice(3);
      const place = placeOf(form, name);
      if (!place || place.input.type === "file" || wrong.indexOf(name) >= 0) return;
      unmark(place.field);
      link.closest("li").remove();
    });
    const left = summary.querySelectorAll("li").length;
    const title = summary.querySelector("h2");
    if (!left) summary.remove();
    else title.lastChild.textContent = opgang.word(left === 1 ? "one-problem" : "problems", { count: left });
  }

  /* From the summary to the field: its question has to be seen too, and the address stays as it is. */
  document.addEventListener("click", function (event) {
    const link = event.target.closest("[data-errors] a");
    const input = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!input) return;
    event.preventDefault();
    (input.closest(".field") || input).scrollIntoView({ block: "start" });
    input.focus({ preventScroll: true });
  });

  /* Folds that belong to one answer (data-open-with="kind=event") come with it and go with it. */

  function follow(form, changed) {
    opgang.each(form, "[data-open-with]", function (fold) {
      const wanted = fold.getAttribute("data-open-with").split("=");
      if (changed && changed !== wanted[0]) return;
      const given = array(form.elements).some((it) => it.name === wanted[0] && it.value === wanted[1] && it.checked);
      fold.hidden = !given;
      fold.open = given;
    });
  }

  /* Room left: told only when it becomes narrow, and again when there is too much. */

  function measure(input) {
    const field = input.closest(".field");
    const before = field.querySelector("[data-room]");
    const most = Number(input.getAttribute("data-most"));
    const left = most - input.value.trim().length;
    if (before) before.remove();
    if (left > most * (1 - NEARLY_FULL)) return;
    const line = opgang.piece(left < 0 ? "too-long" : "room");
    line.setAttribute("data-room", "");
    line.textContent = opgang.word(left < 0 ? "too-long" : "room", { count: Math.abs(left) });
    field.appendChild(line);
  }

  /* A suggestion is put where it can still be changed, after what somebody has written. */
  function suggest(button) {
    const input = document.getElementById(button.getAttribute("data-suggests"));
    const words = button.textContent.trim();
    const written = input.value.trim();
    if (!written.includes(words)) input.value = written ? written + " " + words : words;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  }

  document.addEventListener("input", (event) => event.target.matches("[data-most]") && measure(event.target));
  document.addEventListener("change", (event) => event.target.form && follow(event.target.form, event.target.name));
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-suggests]");
    if (button) suggest(button);
  });

  document.addEventListener("htmx:after:swap", () => opgang.each(document, "form", settle));

  opgang.each(document, "form", (form) => follow(form));
  opgang.fields = { clear, follow, mark, placeOf, problems, show, unmark };
})();
