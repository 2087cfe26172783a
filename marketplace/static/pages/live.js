// What a page does by itself: clocks run on, and what is looked at again keeps quiet in a tab that nobody sees.
// Everything else works without it.
"use strict";

(() => {
  // The server's clock counts, not this machine's: this is how far they are apart.
  const apart = Date.parse(document.body.dataset.now) - Date.now() || 0;
  const sizes = [86400, 3600, 60, 1];
  const units = document.body.dataset.units.split("|");
  const twoUnits = document.body.dataset.twoUnits;

  // As `formats.span` writes it: in its two largest units, rounded down.
  const span = (seconds) => {
    const parts = [];
    let rest = Math.max(0, Math.floor(seconds));
    sizes.forEach((size, place) => {
      const number = Math.floor(rest / size);
      rest -= number * size;
      if (number) parts.push(units[place].replace("{number}", number));
    });
    const [larger = units.at(-1).replace("{number}", 0), smaller] = parts;
    return smaller ? twoUnits.replace("{larger}", larger).replace("{smaller}", smaller) : larger;
  };

  const tick = () => {
    const now = Date.now() + apart;
    for (const clock of document.querySelectorAll("time[data-until], time[data-since]")) {
      const until = clock.dataset.until;
      const left = (until ? Date.parse(until) - now : now - Date.parse(clock.dataset.since)) / 1000;
      const text = span(left);
      if (clock.textContent !== text) clock.textContent = text;
      if (until && left <= 0 && !clock.dataset.over) {
        clock.dataset.over = "yes";
        setTimeout(() => document.body.dispatchEvent(new Event("look")), 300);
      }
    }
  };
  tick();
  setInterval(tick, 1000);

  document.body.addEventListener("htmx:afterSettle", tick);

  // What was seen already is 304, and leaves the page as it is: a focus, a selection, words half typed.
  const seen = new Map();
  document.body.addEventListener("htmx:configRequest", (event) => {
    const tag = seen.get(event.detail.path);
    if (tag && event.detail.verb === "get") event.detail.headers["If-None-Match"] = tag;
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const tag = event.detail.xhr.getResponseHeader("ETag");
    if (tag) seen.set(event.detail.pathInfo.requestPath, tag);
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.requestConfig.verb === "get") event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) document.body.dispatchEvent(new Event("look"));
  });

  // Whoever logged out in another tab, or was logged out, is led to the log-in page; but not away from what they typed.
  document.body.addEventListener("htmx:responseError", (event) => {
    const boxes = [...document.querySelectorAll("textarea, input")];
    if (event.detail.xhr.status === 401 && boxes.every((box) => box.value === box.defaultValue)) location.reload();
  });

  // The account menu closes as menus do: by Escape, which leads back to its button, and by a press elsewhere.
  const menu = document.querySelector("details.account");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu?.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => { if (menu?.open && !menu.contains(event.target)) menu.open = false; });
  menu?.addEventListener("focusout", (event) => { if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false; });

  // A form that was sent is not sent again by an impatient second click; the server would not do it twice either.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.kept) return;  // sending.js sees to it
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.body.dispatchEvent(new Event("look"));
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
