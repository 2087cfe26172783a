// Sends forms whose words are kept (drafts.js): says beside the form that it is sent, that there is no connection,
// that the session has ended; counts as the server counts; sends once, however often somebody presses.
"use strict";

(() => {
  const known = document.getElementById("kept-words").dataset;
  const words = (name, facts = {}) => known[name].replace(/\{(\w+)\}/g, (_, fact) => facts[fact]);
  const kept = (elt) => (elt?.dataset?.kept ? elt : null);
  const all = () => document.querySelectorAll("form[data-kept]");

  const sayer = (form) => {
    let found = form.querySelector(":scope > .sending");
    if (!found) {
      found = document.createElement("div");
      found.className = "sending small";
      found.setAttribute("role", "status");
      form.append(found);
    }
    return found;
  };
  const say = (form, name, facts) => {
    const place = sayer(form);
    place.dataset.state = name;
    const text = Object.assign(document.createElement("p"), { textContent: name && `${words(name, facts)} ` });
    if (name === "loggedOut") {
      const next = encodeURIComponent(location.pathname + location.search);
      text.append(Object.assign(document.createElement("a"), { href: `${known.logInPage}?next=${next}`, textContent: known.logIn }));
    }
    place.replaceChildren(...(name ? [text] : []));
  };
  const says = (form) => form.querySelector(":scope > .sending")?.dataset.state || "";

  // Too long: everything stays, and the number is the server's: characters, however many units each is made of.
  const measure = (box) => {
    const longest = Number(box.dataset?.longest);
    if (!longest) return;
    let place = box.parentElement.querySelector(":scope > .too-long");
    if (!place) {
      place = Object.assign(document.createElement("p"), { className: "error too-long", id: `${box.id}-too-long` });
      place.setAttribute("role", "status");
      box.after(place);
    }
    const over = [...box.value].length - longest;
    place.hidden = over <= 0;
    place.textContent = over > 0 ? words(over === 1 ? "tooLongOne" : "tooLong", { number: over }) : "";
    if (over > 0) box.setAttribute("aria-invalid", "true");
    else if (place.dataset.over) box.removeAttribute("aria-invalid");
    place.dataset.over = over > 0 ? "yes" : "";
  };
  document.addEventListener("input", (event) => measure(event.target));

  document.body.addEventListener("htmx:confirm", (event) => {
    if (kept(event.detail.elt)?.dataset.sending) event.preventDefault();
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const form = kept(event.detail.elt);
    if (!form) return;
    form.dispatchEvent(new CustomEvent("kept:trying", { bubbles: true }));
    form.dataset.sending = "yes";
    form.setAttribute("aria-busy", "true");
    say(form, "sending");
  });
  document.body.addEventListener("sent", (event) => {
    const form = kept(event.target);
    if (!form) return;
    form.dispatchEvent(new CustomEvent("kept:sent", { bubbles: true }));
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const form = kept(event.detail.elt);
    if (!form) return;
    const { xhr } = event.detail;
    const goesOn = Boolean(xhr.getResponseHeader("HX-Redirect"));
    if (goesOn) return;  // the next page is on its way
    delete form.dataset.sending;
    form.removeAttribute("aria-busy");
    if (says(form) === "sending") say(form, xhr.getResponseHeader("HX-Trigger") === "sent" ? "sent" : "");
  });
  document.addEventListener("input", (event) => {
    const form = kept(event.target.form);
    if (form && says(form) === "sent") say(form, "");
  });

  // What is refused comes back with the form: that is shown. A page that has none would take the words away.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, xhr } = event.detail;
    if (!kept(requestConfig.elt) || ![400, 409, 412].includes(xhr.status)) return;
    if (xhr.responseText.includes("error-page")) return;
    Object.assign(event.detail, { shouldSwap: true, isError: false });
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "main") return;
    const main = document.getElementById("main");
    const wrong = main.querySelector('[aria-invalid="true"]') || main.querySelector(".note.bad");
    if (!wrong) return;
    if (!wrong.matches("input, textarea, select")) wrong.tabIndex = -1;
    wrong.focus();
  });

  document.body.addEventListener("htmx:sendError", (event) => kept(event.detail.elt) && say(event.detail.elt, navigator.onLine ? "unanswered" : "offline"));
  document.body.addEventListener("htmx:timeout", (event) => kept(event.detail.elt) && say(event.detail.elt, "unanswered"));
  document.body.addEventListener("htmx:responseError", (event) => {
    const { elt, xhr } = event.detail;
    if (xhr.status === 401) for (const form of all()) say(form, "loggedOut");
    const form = kept(elt);
    if (!form || xhr.status === 401) return;
    if (xhr.status === 403 && !form.dataset.renewed) renew(form);
    else if ([400, 413].includes(xhr.status)) say(form, "tooLarge");
    else if (xhr.status === 429) say(form, "tooOften", { seconds: Number(xhr.getResponseHeader("Retry-After")) || 60 });
    else say(form, xhr.status >= 500 ? "busy" : "refused");
  });

  // Somebody logged in again in another tab: the form's token is another one since then. The same person goes on.
  const renew = async (form) => {
    form.dataset.renewed = "yes";
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [owner] = (page.body.dataset.drafts || "").split(".");
      if (owner !== drafts.owner) return say(form, owner ? "another" : "loggedOut");
      const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
      if (!token) return say(form, "refused");
      for (const each of document.querySelectorAll("[name=csrfmiddlewaretoken]")) each.value = token;
      return form.requestSubmit();
    } catch { return say(form, "unanswered"); }
  };

  addEventListener("offline", () => { for (const form of all()) say(form, "offline"); });
  addEventListener("online", () => { for (const form of all()) if (says(form) === "offline") say(form, ""); });
  document.addEventListener("not-kept", (event) => say(event.detail, "notKept"));

  const begin = (part) => {
    for (const form of part.querySelectorAll?.("form[data-kept]") || []) {
      sayer(form);
      // A box that has the focus keeps it while its form is sent: on a phone the keyboard stays.
      form.addEventListener("pointerdown", (event) => {
        const box = document.activeElement;
        if (event.target.closest("button") && box?.form === form && box.matches("textarea")) event.preventDefault();
      });
    }
    for (const box of part.querySelectorAll?.("[data-longest]") || []) measure(box);
    if (!navigator.onLine) for (const form of all()) say(form, "offline");
  };
  begin(document);
  document.body.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) begin(event.detail.elt); });
})();
