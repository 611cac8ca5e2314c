/* Opgang on the home screen, and being told on this phone. */
(function () {
  "use strict";
  const opgang = self.opgang;
  const DEVICES = "/me/devices/push";
  const MINE = "opgang-push";
  const READY_WITHIN = 15000;

  function standalone() {
    return navigator.standalone === true || (self.matchMedia && matchMedia("(display-mode: standalone)").matches);
  }

  function apple() {
    return /iPad|iPhone|iPod/.test(navigator.userAgent) || (/Mac/.test(navigator.platform) && navigator.maxTouchPoints > 1);
  }

  /* Installing: the browser's own question is kept until somebody taps. */

  let question = null;

  function showInstall() {
    opgang.each(document, "[data-install]", (it) => (it.hidden = !question));
    opgang.each(document, "[data-installed]", (it) => (it.hidden = !standalone()));
  }

  self.addEventListener("beforeinstallprompt", function (event) {
    event.preventDefault();
    question = event;
    showInstall();
  });

  self.addEventListener("appinstalled", function () {
    question = null;
    showInstall();
  });

  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-install-now]") || !question) return;
    question.prompt();
    question = null;
    showInstall();
  });

  /* The steps for this kind of device first; the others stay below. */
  function ownStepsFirst() {
    const kind = apple() ? "apple" : /Android/.test(navigator.userAgent) ? "android" : "computer";
    const own = document.querySelector('[data-steps="' + kind + '"]');
    if (own && own.parentNode.firstElementChild !== own) own.parentNode.insertBefore(own, own.parentNode.firstElementChild);
  }

  /* Being told: asked for by a tap only, and said aloud when it cannot be. */

  function bytes(key) {
    const text = atob((key + "===".slice((key.length + 3) % 4)).replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  }

  function can() {
    return Boolean(navigator.serviceWorker && self.PushManager && self.Notification);
  }

  /* On an iPhone's first start the worker is not there yet: wait for it, but not for ever. */
  function worker() {
    const late = new Promise((resolve, reject) => setTimeout(reject, READY_WITHIN, new Error("No worker came.")));
    return Promise.race([navigator.serviceWorker.ready, late]);
  }

  async function subscription() {
    return (await worker()).pushManager.getSubscription();
  }

  async function post(news) {
    const response = await fetch(DEVICES, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "Opgang-Reader": opgang.reader },
      body: JSON.stringify(news),
    });
    if (!response.ok) throw new Error("The house did not take the subscription.");
  }

  async function register(found) {
    await post(found);
    localStorage.setItem(MINE, opgang.reader);
  }

  function sameKey(found, key) {
    const before = found.options && found.options.applicationServerKey;
    return !before || String(new Uint8Array(before)) === String(key);
  }

  async function subscribe(key) {
    const manager = (await worker()).pushManager;
    let found = await manager.getSubscription();
    if (found && !sameKey(found, key)) {
      await found.unsubscribe();
      found = null;
    }
    await register(found || (await manager.subscribe({ userVisibleOnly: true, applicationServerKey: key })));
  }

  async function unsubscribe() {
    const found = await subscription();
    localStorage.removeItem(MINE);
    if (!found) return;
    await post({ endpoint: found.endpoint, unsubscribe: "yes" });
    await found.unsubscribe();
  }

  async function state() {
    if (!can()) return apple() && !standalone() ? "install" : "unsupported";
    if (Notification.permission === "denied") return "denied";
    return (await subscription()) && localStorage.getItem(MINE) === opgang.reader ? "on" : "off";
  }

  function tell(button, now) {
    const before = button.parentNode.querySelector("[data-push-says]");
    if (before) before.remove();
    button.hidden = now !== "off" && now !== "trouble";
    if (now === "off") return;
    const says = opgang.piece("push-" + now);
    says.setAttribute("data-push-says", "");
    button.parentNode.insertBefore(says, button.nextSibling);
  }

  function permission() {
    return new Promise(function (resolve) {
      const answer = Notification.requestPermission(resolve);
      if (answer) answer.then(resolve);
    });
  }

  async function turnOn(button) {
    button.setAttribute("aria-busy", "true");
    try {
      if (can() && (await permission()) === "granted") await subscribe(bytes(button.getAttribute("data-vapid")));
      tell(button, await state());
    } catch (error) {
      tell(button, "trouble");
    } finally {
      button.setAttribute("aria-busy", "false");
    }
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-vapid]");
    if (button) {
      event.preventDefault();
      turnOn(button);
    }
    const stop = event.target.closest("[data-push-stop]");
    const start = stop && stop.closest("[data-push-says]").parentNode.querySelector("[data-vapid]");
    if (start) unsubscribe().then(() => tell(start, "off"), () => tell(start, "trouble"));
  });

  /* A subscription of whoever was here before is ended; one's own is shown to the house once a visit. */
  async function settle() {
    const found = can() && Notification.permission === "granted" && opgang.reader ? await subscription() : null;
    if (!found) return;
    if (localStorage.getItem(MINE) !== opgang.reader) await found.unsubscribe();
    else if (!sessionStorage.getItem(MINE)) {
      await register(found);
      sessionStorage.setItem(MINE, "1");
    }
  }

  async function start() {
    await settle().catch(Boolean);
    opgang.each(document, "[data-vapid]", (button) => state().then((now) => tell(button, now), () => tell(button, "trouble")));
  }

  ownStepsFirst();
  showInstall();
  start();
})();
