/* What an eye and a keyboard would find wrong with the page as it stands; returns sentences. */
(() => {
  const shown = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest("[inert]")) return false;
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.clipPath !== "none" || style.clip !== "auto") return false; // for ears only
    }
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1;
  };
  const called = (element) => {
    const text = (element.getAttribute("aria-label") || element.textContent || "").trim();
    const id = element.id ? "#" + element.id : "";
    const name = element.tagName.toLowerCase() + id + (element.name ? `[name=${element.name}]` : "");
    return `${name} “${text.replace(/\s+/g, " ").slice(0, 40)}”`;
  };
  const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const usable = (element) => !element.disabled && element.type !== "hidden" && element.tabIndex >= 0;
  const controls = () => [...document.querySelectorAll(CONTROLS)].filter((e) => usable(e) && shown(e));

  const scrolls = (element) => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      const overflow = getComputedStyle(at).overflowX;
      if (overflow === "auto" || overflow === "scroll") return true;
    }
    return false;
  };

  /* Nothing sticks out sideways, and no text is cut off without a sign. */
  const lost = () => {
    const found = [];
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > wide) {
      const out = [...document.body.querySelectorAll("main *, footer *, nav *, header *")]
        .filter((e) => shown(e) && e.scrollWidth > e.clientWidth + 1);
      const names = out.slice(-2).map(called).join(", ");
      found.push(`the page is ${document.documentElement.scrollWidth} px wide in a window of ${wide}: ${names}`);
    }
    for (const element of document.body.querySelectorAll("*")) {
      if (!shown(element) || element.closest("svg")) continue;
      const box = element.getBoundingClientRect();
      if ((box.right > wide + 1 || box.left < -1) && !scrolls(element) && !element.children.length)
        found.push(`${called(element)} sticks out (${Math.round(box.left)}–${Math.round(box.right)})`);
      const style = getComputedStyle(element);
      const written = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
      const cut = style.overflowX === "hidden" || style.overflowX === "clip";
      if (written && cut && style.textOverflow !== "ellipsis" && element.scrollWidth > element.clientWidth + 1)
        found.push(`${called(element)} is cut off at the side`);
      const flat = style.overflowY === "hidden" || style.overflowY === "clip";
      const clamped = style.webkitLineClamp !== "none";
      if (written && flat && !clamped && element.scrollHeight > element.clientHeight + 2)
        found.push(`${called(element)} is cut off below`);
    }
    return found;
  };

  /* Every control can be hit: scrolled to the middle, it is what lies under its own middle. */
  const covered = () => {
    const found = [];
    for (const element of controls()) {
      element.scrollIntoView({ block: "center", behavior: "instant" });
      const label = element.labels && element.labels[0];
      const box = element.getBoundingClientRect();
      if (box.bottom < 0 || box.right < 0) continue; // the skip link waits outside until it is focused
      const lines = element.getClientRects();
      const line = lines[Math.floor((lines.length - 1) / 2)];
      const hit = document.elementFromPoint(line.left + line.width / 2, line.top + line.height / 2);
      const meant = [element, label].filter(Boolean);
      if (hit && !meant.some((one) => one.contains(hit) || hit.contains(one)))
        found.push(`${called(element)} lies under ${called(hit)}`);
    }
    return found;
  };

  /* Which stop the keyboard is at, by its number among the controls; -1 for none of them. */
  const mark = () => {
    const groups = new Set();
    const stops = controls().filter((element) => {
      if (element.type !== "radio" || !element.name) return true;
      const group = `${element.form ? [...document.forms].indexOf(element.form) : ""}/${element.name}`;
      if (groups.has(group)) return false;
      groups.add(group); // arrow keys walk inside a group of radio buttons
      return true;
    });
    window.opgangStops = stops;
    return stops.map(called);
  };
  const at = () => {
    const element = document.activeElement;
    if (!element || element === document.body) return { stop: -1, seen: true, name: "" };
    const same = (one) => one === element || (one.type === "radio" && one.type === element.type
      && one.name === element.name && one.form === element.form);
    const styles = [element, element.labels && element.labels[0], element.parentElement]
      .filter(Boolean).map((one) => [getComputedStyle(one), getComputedStyle(one, "::after")]);
    const ringed = (s) => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none";
    // Inside a date, the button that opens the calendar is the browser's own, and so is its ring.
    const seen = !element.matches(":focus") || styles.some((pair) => pair.some(ringed));
    const box = element.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return { stop: window.opgangStops.findIndex(same), seen: seen && inside, name: called(element) };
  };
  const unfold = () => { for (const details of document.querySelectorAll("details")) details.open = true; };
  return { lost, covered, mark, at, unfold };
})()
