// Subscribes this browser to Web Push: asks it for an address, and sends that by the page's own form.
"use strict";

(() => {
  const place = document.getElementById("push");
  if (!place) return;
  const form = place.querySelector("form");
  const key = Uint8Array.from(atob(place.dataset.key.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));

  const show = (state, reason = "") => {
    for (const each of place.querySelectorAll("[data-when]")) each.hidden = !each.dataset.when.split(" ").includes(state);
    place.querySelector("[data-reason]").textContent = reason;
  };

  const canPush = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const subscription = async () => {
    const registration = await navigator.serviceWorker.getRegistration("/");
    return registration ? registration.pushManager.getSubscription() : null;
  };
  // After the server's key has changed, nothing that it sends would arrive.
  const hasOurKey = (made) => String(new Uint8Array(made.options.applicationServerKey || [])) === String(key);

  const look = async () => {
    if (!canPush) return show("unsupported");
    if (Notification.permission === "denied") return show("denied");
    const made = await subscription();
    const row = [...document.querySelectorAll("[data-endpoint]")].find((each) => made && each.dataset.endpoint === made.endpoint);
    if (!row || !hasOurKey(made)) return show("ready");
    row.querySelector("[data-this]").hidden = false;
    row.querySelector("form").addEventListener("submit", () => made.unsubscribe());
    return show("subscribed");
  };

  const subscribe = async () => {
    if ((await Notification.requestPermission()) !== "granted") return look();
    const registration = await navigator.serviceWorker.register(place.dataset.worker, { scope: "/" });
    await navigator.serviceWorker.ready;
    const old = await registration.pushManager.getSubscription();
    if (old && !hasOurKey(old)) await old.unsubscribe();
    const made = (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
    form.elements["endpoint"].value = made.endpoint;
    form.elements["keys.p256dh"].value = made.keys.p256dh;
    form.elements["keys.auth"].value = made.keys.auth;
    return form.requestSubmit();
  };

  const failed = (failure) => show("failed", `${failure.name}: ${failure.message}`);
  form.querySelector("[data-subscribe]").addEventListener("click", () => subscribe().catch(failed));
  look().catch(failed);
})();
