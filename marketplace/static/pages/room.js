// What a talk room's page does by itself, besides what every page does (live.js): it stays where its reader is.
"use strict";

(() => {
  const chat = document.getElementById("chat");
  const stale = document.getElementById("stale");
  const apart = Date.parse(document.body.dataset.now) - Date.now() || 0;
  const box = document.getElementById("composer");
  const byItself = (event) => event.detail.elt.id === "live" && event.detail.target.id === "live";

  // The page knows the tag of what it was made with: the first look is answered by "not modified" already.
  // Another page of the conversation, which somebody asked for, is always to be shown.
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.target?.id !== "live") return;
    const { headers, elt } = event.detail;
    if (!byItself(event)) delete headers["If-None-Match"];
    else if (elt.dataset.seen) headers["If-None-Match"] = elt.dataset.seen;
  });

  // What is swapped goes from under whoever reads, scrolls or stands in it with the keyboard.
  let kept = null;
  const top = (line) => line.getBoundingClientRect().top - chat.getBoundingClientRect().top;
  const isSeen = (line) => line.getBoundingClientRect().bottom > chat.getBoundingClientRect().top;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "live") return;
    const { elt } = event.detail.requestConfig;
    const line = elt.id === "say" || (chat.scrollTop > -40 && byItself({ detail: { elt, target: event.detail.target } }))
      ? null
      : [...chat.querySelectorAll("[id^='m-']")].find(isSeen);
    const shown = [...document.querySelectorAll("#state details[id], #turn details[id]")].map((part) => [part.id, part.open]);
    kept = {
      line: line && [line.id, top(line)],
      box: elt.id === "say" && box.getBoundingClientRect().bottom,
      inChat: chat.contains(document.activeElement) && document.activeElement !== chat,
      shown,
    };
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (!kept || event.detail.target.id !== "live") return;
    const line = kept.line && document.getElementById(kept.line[0]);
    chat.scrollTop = line ? chat.scrollTop + top(line) - kept.line[1] : 0;
    if (kept.box !== false) scrollBy(0, box.getBoundingClientRect().bottom - kept.box);
    for (const [id, open] of kept.shown) {
      const part = document.getElementById(id);
      if (part) part.open = open;
    }
    if (kept.inChat && !chat.contains(document.activeElement)) chat.focus({ preventScroll: true });
    kept = null;
    draw();
  });

  // What was sent stands in the conversation now: the box is empty, and still in its writer's hands.
  document.addEventListener("kept:sent", (event) => {
    const field = event.target.elements.body;
    field.value = field.defaultValue = "";
    const report = event.target.elements.kind;
    if (report) report.checked = report.defaultChecked = false;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus({ preventScroll: true });
  });

  // What was announced already is not read out again.
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (!["announce", "closed"].includes(target.id)) return;
    if (fragment.textContent.trim() === target.textContent.trim()) event.detail.shouldSwap = false;
  });

  // Who does not hear from the server knows it.
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.id === "live") stale.hidden = Boolean(event.detail.successful);
  });

  const draw = () => {
    for (const bar of document.querySelectorAll("progress[data-from]")) {
      const from = Date.parse(bar.dataset.from);
      const gone = (Date.now() + apart - from) / (Date.parse(bar.dataset.until) - from);
      bar.value = Math.min(1, Math.max(0, gone));
    }
  };
  draw();
  setInterval(draw, 1000);

  document.getElementById("say")?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  });
})();
