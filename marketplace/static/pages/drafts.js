// Keeps what somebody types into a form until the server has carried the form out: through an ended session, Back,
// a reload, a crash. Drafts are sealed with a key that only pages of that person have, so that nobody else who uses
// this browser reads them. Where a browser seals nothing (plain http), they last as long as the tab.
"use strict";

const drafts = (() => {
  const OLDEST = 30 * 24 * 3600 * 1000;
  const STRANGER = "stranger";
  // Each key with its name: the first seals, the others unseal what was kept before the server's secret changed.
  const known = (document.body.dataset.drafts || "").split(" ").filter(Boolean).map((each) => each.split("."));
  const owner = known.length ? known[0][0] : STRANGER;
  const seals = Boolean(known.length && globalThis.crypto?.subtle);
  const store = seals ? localStorage : sessionStorage;
  const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const text = (raw) => btoa(Array.from(new Uint8Array(raw), (each) => String.fromCharCode(each)).join(""));
  const keys = new Map();
  for (const [name, secret] of seals ? known : []) {
    keys.set(name, crypto.subtle.importKey("raw", bytes(secret), "AES-GCM", false, ["encrypt", "decrypt"]));
  }

  const seal = async (words) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keys.get(owner), new TextEncoder().encode(words));
    return `${text(iv)} ${text(sealed)}`;
  };
  const unseal = async (kept, of) => {
    const [iv, sealed] = kept.split(" ").map(bytes);
    return new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await keys.get(of), sealed));
  };

  const place = (path, of = owner) => `draft ${of} ${path}`;
  const kept = () => Object.keys(store).filter((each) => each.startsWith("draft "));
  const at = (each) => { try { return JSON.parse(store.getItem(each)).at; } catch { return 0; } };
  const isOthers = (each) => !seals && owner !== STRANGER && ![owner, STRANGER].includes(each.split(" ")[1]);
  for (const each of kept()) if (Date.now() - at(each) > OLDEST || isOthers(each)) store.removeItem(each);

  // One write after the other: the last words typed are the last ones kept.
  let before = Promise.resolve();
  const after = (write) => (before = before.then(write, write));
  const put = (where, words) => {
    const record = JSON.stringify({ at: Date.now(), words });
    for (;;) {
      try { return store.setItem(where, record); } catch (full) {
        const oldest = kept().filter((each) => each !== where).sort((one, other) => at(one) - at(other))[0];
        if (!oldest) throw full;
        store.removeItem(oldest);
      }
    }
  };
  const keep = (path, draft) => after(async () => {
    const words = JSON.stringify(draft);
    put(place(path), seals ? await seal(words) : words);
  });
  const owners = known.length ? known.map(([name]) => name) : [STRANGER];
  const forget = (path) => after(() => { for (const each of owners) store.removeItem(place(path, each)); });
  const read = async (path) => {
    await before;
    const of = owners.find((each) => store.getItem(place(path, each)));
    return of ? opened(store.getItem(place(path, of)), of) : opened(adopted(path), STRANGER);
  };
  const opened = async (found, of) => {
    if (!found) return null;
    try {
      const { words } = JSON.parse(found);
      return JSON.parse(keys.has(of) ? await unseal(words, of) : words);
    } catch { return null; }  // damaged
  };
  // What somebody typed in this tab before logging in is theirs.
  const adopted = (path) => {
    const found = sessionStorage.getItem(place(path, STRANGER));
    if (owner !== STRANGER) sessionStorage.removeItem(place(path, STRANGER));
    return found;
  };
  // Sent, or discarded, in another tab.
  const whenForgotten = (act) => addEventListener("storage", async ({ key: where, oldValue, newValue }) => {
    const mine = place("");
    if (!where?.startsWith(mine) || newValue !== null) return;
    const draft = await opened(oldValue, owner);
    if (draft) act(where.slice(mine.length), draft);
  });
  return { keep, forget, read, whenForgotten, owner };
})();

(() => {
  const pathOf = (form) => new URL(form.getAttribute("action"), location.href).pathname;
  const words = document.getElementById("kept-words").dataset;
  const element = (tag, className, textContent, ...inside) => {
    const made = Object.assign(document.createElement(tag), { className, textContent });
    made.append(...inside);
    return made;
  };
  const discard = (className, act) => {
    const button = Object.assign(element("button", className, words.discard), { type: "button" });
    button.addEventListener("click", act);
    return button;
  };
  const boxes = (form) => [...form.elements].filter((each) => each.name && !["hidden", "password", "submit"].includes(each.type));
  const chosen = (box) => ["checkbox", "radio"].includes(box.type);
  const held = (box) => (chosen(box) ? box.checked : box.value);
  const name = (box) => (chosen(box) ? `${box.name}=${box.value}` : box.name);
  const first = (box) => {
    if (chosen(box)) return box.defaultChecked;
    return box.options ? [...box.options].find((each) => each.defaultSelected)?.value ?? box.options[0]?.value : box.defaultValue;
  };
  const keyOf = (form) => form.elements.once;

  const keep = async (form) => {
    const now = boxes(form), path = pathOf(form);
    // What the server showed of itself is no draft; what it showed again, because it was refused, still is one.
    const fresh = form.dataset.kept === "fresh" && !form.dataset.put;
    if (now.every((box) => (fresh ? held(box) === first(box) : chosen(box) || !held(box)))) return drafts.forget(path);
    const draft = Object.fromEntries(now.map((box) => [name(box), held(box)]));
    try {
      await drafts.keep(path, { ...draft, once: form.dataset.tried ? keyOf(form)?.value : "" });
    } catch { document.dispatchEvent(new CustomEvent("not-kept", { detail: form })); }
  };

  const left = (path, texts) => {
    if (!texts.length) return;
    const shown = element("section", "card stack tight", "");
    shown.setAttribute("aria-label", words.left);
    shown.append(element("h2", "", words.left), element("p", "small muted", words.leftWhy));
    for (const [at, each] of texts.entries()) {
      const box = Object.assign(element("textarea", "", each), { readOnly: true, rows: 4 });
      box.setAttribute("aria-label", `${words.left} ${at + 1}`);
      shown.append(box);
    }
    shown.append(element("p", "", "", discard("quiet small", () => { drafts.forget(path); shown.remove(); })));
    (document.getElementById("composer") || document.querySelector("main .narrow") || document.getElementById("main")).append(shown);
  };
  const isText = ([each, value]) => each !== "once" && typeof value === "string" && value.trim() && !each.includes("=");

  const restore = async (form) => {
    const draft = await drafts.read(pathOf(form));
    if (!draft) return;
    const now = boxes(form), known = new Set(now.map(name));
    const differs = now.filter((box) => name(box) in draft && draft[name(box)] !== held(box));
    if (now.some((box) => held(box) !== first(box))) return;  // somebody types already, or the browser put it back
    for (const box of differs.filter((each) => !("asked" in each.dataset))) {  // what its reader came for stays
      if (chosen(box)) box.checked = draft[name(box)];
      else box.value = draft[name(box)];
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (draft.once && keyOf(form)) [keyOf(form).value, form.dataset.tried] = [draft.once, "yes"];
    left(pathOf(form), Object.entries(draft).filter((each) => isText(each) && !known.has(each[0])).map((each) => each[1]));
    if (!differs.length) return;
    form.dataset.put = "yes";
    const note = element("div", "note small cluster apart put-back", "", element("span", "", words.restored), discard("link", () => {
      drafts.forget(pathOf(form));
      form.reset();
      delete form.dataset.put;
      note.remove();
      differs[0].focus();
    }));
    note.setAttribute("role", "status");
    form.prepend(note);
  };

  const begin = async () => {
    const forms = [...document.querySelectorAll("form[data-kept]")];
    for (const form of forms) await restore(form);
    // The form is gone: its room has closed, its work was delivered. The words are still there to be copied.
    const here = location.pathname;
    if (forms.some((form) => pathOf(form) === here)) return;
    const draft = await drafts.read(here);
    const shown = [...document.querySelectorAll("main textarea, main .quote")].map((each) => (each.value ?? each.textContent).trim());
    if (draft) left(here, Object.entries(draft).filter((each) => isText(each) && !shown.includes(each[1].trim())).map((each) => each[1]));
  };
  const ofDraft = (event) => event.target.form?.dataset.kept && event.target.form;
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => ofDraft(event) && keep(ofDraft(event)));
  }
  document.addEventListener("kept:trying", (event) => { event.target.dataset.tried = "yes"; keep(event.target); });
  document.addEventListener("kept:sent", (event) => {
    delete event.target.dataset.tried;
    delete event.target.dataset.put;
    for (const note of event.target.querySelectorAll(':scope > .put-back')) note.remove();
    drafts.forget(pathOf(event.target));
  });
  document.body.addEventListener("htmx:load", (event) => {
    if (event.detail.elt === document.body) return;
    for (const form of event.detail.elt.querySelectorAll?.("form[data-kept]") || []) restore(form);
  });
  drafts.whenForgotten((path, draft) => {
    const form = [...document.querySelectorAll("form[data-kept]")].find((each) => pathOf(each) === path);
    if (!form || !boxes(form).every((box) => draft[name(box)] === held(box))) return;
    form.reset();
    delete form.dataset.put;
    form.querySelector(":scope > .put-back")?.remove();
  });
  begin();
})();
