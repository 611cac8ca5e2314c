/* Passkeys: asks the browser, puts its answer into the form, and sends the form as any other. */
(function () {
  "use strict";

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    const all = new Uint8Array(plain.length);
    for (let i = 0; i < plain.length; i += 1) all[i] = plain.charCodeAt(i);
    return all.buffer;
  }

  function text(buffer) {
    const all = new Uint8Array(buffer);
    let plain = "";
    for (let i = 0; i < all.length; i += 1) plain += String.fromCharCode(all[i]);
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function described(list) {
    return (list || []).map((one) => Object.assign({}, one, { id: bytes(one.id) }));
  }

  const ask = {
    create: function (options) {
      options.challenge = bytes(options.challenge);
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = described(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    },
    get: function (options) {
      options.challenge = bytes(options.challenge);
      options.allowCredentials = described(options.allowCredentials);
      return navigator.credentials.get({ publicKey: options });
    },
  };

  const FIELDS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

  function written(credential) {
    const response = {};
    FIELDS.forEach(function (name) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    });
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: response,
      clientExtensionResults: {},
    });
  }

  function options(address) {
    return fetch(address, { method: "POST", credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) throw new Error("options " + answer.status);
      return answer.json();
    });
  }

  function begin(form) {
    const problem = form.querySelector("[data-passkey-problem]");
    const button = form.querySelector("button");
    if (problem) problem.hidden = true;
    button.disabled = true;
    options(form.getAttribute("data-options"))
      .then(ask[form.getAttribute("data-passkey")])
      .then(function (credential) {
        form.elements.credential.value = written(credential);
        form.submit();
      })
      .catch(function () {
        button.disabled = false;
        if (problem) problem.hidden = false;
        button.focus();
      });
  }

  if (self.PublicKeyCredential && navigator.credentials) {
    document.querySelectorAll("[data-passkey]").forEach(function (form) {
      form.hidden = false;
      form.addEventListener("submit", function (event) {
        event.preventDefault();
        begin(form);
      });
    });
    document.querySelectorAll("[data-passkey-missing]").forEach(function (note) {
      note.hidden = true;
    });
  }

  /* Back from the provider: the one button presses itself. */
  const onward = document.querySelector("form[data-go-on]");
  if (onward) onward.submit();
})();
