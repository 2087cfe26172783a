// Logging out takes this browser's push subscription back: at its push service, and by its address at ours.
"use strict";

(() => {
  const form = document.getElementById("log-out");
  if (!form || !("serviceWorker" in navigator)) return;
  const LONGEST_WAIT = 2000; // milliseconds: logging out never hangs on a push service
  let known = false;

  const takeBack = async () => {
    const registration = await navigator.serviceWorker.getRegistration("/");
    const made = registration && registration.pushManager ? await registration.pushManager.getSubscription() : null;
    if (!made) return;
    const box = document.createElement("input");
    Object.assign(box, { type: "hidden", name: "endpoint", value: made.endpoint });
    form.append(box);
    await made.unsubscribe();
  };

  form.addEventListener("submit", (event) => {
    if (known) return;
    known = true;
    event.preventDefault();
    const waited = new Promise((done) => setTimeout(done, LONGEST_WAIT));
    // Without a second "submit" event, which sending.js would take for a second press.
    Promise.race([takeBack().catch(() => {}), waited]).then(() => form.submit());
  });
})();
