/* Photos of a form: chosen, looked at, taken away again, and shrunk on the phone before they travel. */
(function () {
  "use strict";
  const opgang = self.opgang;
  const LONGEST = 1600;
  const QUALITY = 0.82;
  /* Two pixels beside each other that say "turn me": a browser that obeys shows them above each other. */
  const TURNED = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////////////////////////////wAALCAABAAIBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/ALtf/9k=";
  const chosen = new WeakMap();

  function picture(address) {
    return new Promise(function (resolve, reject) {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = reject;
      image.src = address;
    });
  }

  let turns = null;

  /* Before 2020 a canvas drew photos lying down; there the server, which reads the mark, does the shrinking. */
  function browserTurns() {
    turns = turns || picture(TURNED).then((image) => image.naturalHeight > image.naturalWidth);
    return turns;
  }

  function drawn(image, scale) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  }

  /* What every browser draws. What it cannot draw of another kind, the server may still be able to read. */
  const DRAWN = /^image\/(jpeg|png|gif)$/;
  const unreadable = new WeakSet();

  /* A JPEG of at most 1600 pixels without the camera's notes; the file itself where the browser cannot draw it. */
  async function shrink(file) {
    const address = URL.createObjectURL(file);
    try {
      const image = await picture(address);
      if (!(await browserTurns())) return file;
      const scale = Math.min(1, LONGEST / Math.max(image.naturalWidth, image.naturalHeight));
      const blob = await drawn(image, scale);
      if (!blob) return file;
      blob.name = file.name.replace(/\.\w+$/, "") + ".jpg";
      return blob;
    } catch (error) {
      if (DRAWN.test(file.type)) unreadable.add(file);
      return file;
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  function bytesOf(blob) {
    return new Promise(function (resolve, reject) {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = () => reject(reader.error);
      reader.readAsArrayBuffer(blob);
    });
  }

  /* Bytes, not blobs, go into the store: old Safari loses blobs there. */
  async function packed(blob) {
    return { name: blob.name || "photo.jpg", type: blob.type, bytes: await bytesOf(blob) };
  }

  function place(field) {
    if (!chosen.has(field)) chosen.set(field, []);
    return chosen.get(field);
  }

  /* Where the browser allows it the input itself holds the small pictures, so that a plain post sends those. */
  function fillInput(field) {
    const input = field.querySelector("[data-photos-input]");
    if (field.closest("form[data-outbox]") && opgang.outbox.usable) {
      input.value = "";
      return;
    }
    try {
      const carrier = new DataTransfer();
      place(field).forEach((blob) => carrier.items.add(new File([blob], blob.name || "photo.jpg", { type: blob.type })));
      input.files = carrier.files;
    } catch (error) {
      /* Then the originals stay chosen, and the server makes them small. */
    }
  }

  /* How many photos may be chosen: those that are up already and stay, or came along before, take their place. */
  function room(field) {
    const up = field.closest("form").querySelectorAll("[data-photo-up]:not(:checked), [data-photo-kept]:checked");
    return Number(field.getAttribute("data-photos")) - up.length;
  }

  /* Addresses of pictures on the phone, each given back once it is shown no more. */
  function letGo(where, selector) {
    opgang.each(where, selector, function (item) {
      URL.revokeObjectURL(item.querySelector("img").src);
      item.remove();
    });
  }

  function show(field) {
    const list = field.querySelector("[data-photos-list]");
    const adding = field.querySelector("[data-photos-add]");
    const template = field.querySelector("[data-photos-template]");
    letGo(list, "[data-photos-item]");
    place(field).forEach(function (blob, index) {
      const item = document.importNode(template.content, true).firstElementChild;
      const image = item.querySelector("img");
      const name = item.querySelector("[data-photos-name]");
      image.onerror = function () {
        image.hidden = true;
        name.textContent = blob.name || "";
        name.hidden = false;
      };
      image.src = URL.createObjectURL(blob);
      const remove = item.querySelector("[data-photos-remove]");
      remove.setAttribute("data-index", index);
      remove.setAttribute("aria-label", opgang.word("remove-photo", { number: index + 1 }));
      list.insertBefore(item, adding);
    });
    adding.hidden = place(field).length >= room(field);
    preview(field.closest("form"));
  }

  /* The chosen photos hang in the preview after those that are up: only the phone has them. */
  function preview(form) {
    const list = form.querySelector("[data-preview-photos]");
    if (!list) return;
    letGo(list, "[data-preview-photo]");
    place(form.querySelector("[data-photos]")).forEach(function (blob) {
      const item = document.createElement("li");
      item.setAttribute("data-preview-photo", "");
      const image = item.appendChild(document.createElement("img"));
      image.onerror = () => item.remove();
      image.alt = opgang.word("photo", { number: list.children.length + 1 });
      image.src = URL.createObjectURL(blob);
      list.appendChild(item);
    });
    list.hidden = !list.children.length;
  }

  function status(field, text) {
    const line = field.querySelector("[data-photos-status]");
    if (line) line.textContent = text;
  }

  /* field name → what is wrong with the photos, as far as the phone can tell. */
  function problems(form) {
    const field = form.querySelector("[data-photos]");
    const wrong = field ? place(field).filter((blob) => unreadable.has(blob)) : [];
    const found = {};
    wrong.slice(0, 1).forEach((blob) => (found[nameOf(field)] = opgang.word("unreadable", { name: blob.name || "" })));
    return found;
  }

  function nameOf(field) {
    return field.querySelector("[data-photos-input]").name;
  }

  /* A picture that cannot be read is told of at once: sent from a cellar, it would be refused a day later. */
  function check(field) {
    const form = field.closest("form");
    const found = problems(form);
    const name = nameOf(field);
    opgang.fields.unmark(field);
    if (found[name]) opgang.fields.mark(opgang.fields.placeOf(form, name), name, found[name]);
  }

  /* Which ones found no room, where everybody sees it, until something is chosen or taken away. */
  function tellLeftOut(field, files) {
    opgang.each(field, "[data-photos-left-out]", (it) => it.remove());
    if (!files.length) return;
    const line = opgang.piece("left-out");
    line.setAttribute("data-photos-left-out", "");
    const names = files.map((file) => file.name).join(", ");
    line.querySelector("[data-text]").textContent = opgang.word("too-many", { count: field.getAttribute("data-photos"), names: names });
    field.appendChild(line);
  }

  async function take(field, files) {
    const free = Math.max(0, room(field) - place(field).length);
    field.setAttribute("data-busy", "");
    for (const file of files.slice(0, free)) place(field).push(await shrink(file));
    field.removeAttribute("data-busy");
    fillInput(field);
    show(field);
    check(field);
    tellLeftOut(field, files.slice(free));
    status(field, opgang.word("photos", { count: place(field).length }));
    field.dispatchEvent(new Event("opgang:photos", { bubbles: true }));
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-photo-up], [data-photo-kept]")) show(event.target.form.querySelector("[data-photos]"));
    const field = event.target.matches("[data-photos-input]") && event.target.closest("[data-photos]");
    if (!field) return;
    /* A copy: the list empties itself when its input does. */
    take(field, Array.prototype.slice.call(event.target.files));
  });

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-photos-remove]");
    if (!button) return;
    const field = button.closest("[data-photos]");
    place(field).splice(Number(button.getAttribute("data-index")), 1);
    fillInput(field);
    show(field);
    check(field);
    tellLeftOut(field, []);
    status(field, opgang.word("photos", { count: place(field).length }));
    field.querySelector("[data-photos-input]").focus();
  });

  async function allPacked(form) {
    const field = form.querySelector("[data-photos]");
    return field ? Promise.all(place(field).map(packed)) : [];
  }

  /* Put photos that waited in the outbox back into their form. */
  function bringBack(form, photos) {
    const field = form.querySelector("[data-photos]");
    if (!field) return;
    const blobs = photos.map(function (photo) {
      const blob = new Blob([photo.bytes], { type: photo.type });
      blob.name = photo.name;
      return blob;
    });
    chosen.set(field, blobs);
    show(field);
    tellLeftOut(field, []);
  }

  function busy(form) {
    return Boolean(form.querySelector("[data-photos][data-busy]"));
  }

  /* htmx has put a preview in its place. */
  document.addEventListener("htmx:after:swap", () => opgang.each(document, "form", preview));

  opgang.each(document, "[data-photos]", show);

  opgang.photos = { allPacked, bringBack, busy, problems, shrink };
})();
