// News for an open page. Every page works without this script; it holds no word that is shown.
"use strict";

(() => {
  const body = document.body;
  const HEARD = 12000, POLL = 4000, DRAFT = 600, SILENCE = 40000, REACH = 5000, PRESSED = 8000, FOLLOW = 500;
  let revision = null, source = null, lastHeard = 0, lastBeat = 0, refused = 0, away = false;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("escalation") : null;

  // --- one stream a browser, its news shared by all tabs ---
  function say() { if (channel) channel.postMessage({ revision }); }

  function news(number) {
    connected(true);
    if (typeof number !== "number") return;
    // A region that could not be fetched is old although its number is known.
    if (number === revision && !regionsAreOld(number)) return;
    revision = number;
    if (regionsAreOld(number)) refresh();
  }

  function regionsAreOld(number) {
    return [...document.querySelectorAll("[data-live]")].some((region) => region.dataset.revision !== String(number));
  }

  function listen() {
    if (source || !("EventSource" in window)) return;
    if (Date.now() - lastHeard < HEARD || Date.now() - refused < 30000) return;
    const stream = source = new EventSource(body.dataset.stream);
    stream.onmessage = (event) => { lastBeat = Date.now(); news(Number(event.data)); say(); };
    stream.onopen = () => { lastBeat = Date.now(); connected(true); };
    stream.onerror = () => {
      // A refusal (another tab has the stream, or there are too many) ends it for good; a lost line is tried again.
      if (stream.readyState === EventSource.CLOSED) { source = null; refused = Date.now(); poll(); }
    };
  }

  async function poll() {
    try {
      const answer = await fetch(body.dataset.poll, { cache: "no-store" });
      if (answer.ok) news((await answer.json()).revision);
    } catch { connected(false); }
  }

  function tend() {
    if (source && source.readyState === EventSource.OPEN && Date.now() - lastBeat < SILENCE) { say(); return; }
    if (document.hidden) return;
    if (source && Date.now() - lastBeat >= SILENCE) { source.close(); source = null; }
    listen();
    if (Date.now() - lastHeard >= HEARD) poll();
  }

  function wake() { if (!document.hidden) { refused = 0; poll(); tend(); } }

  function connected(yes) {
    const line = document.querySelector("[data-link]");
    if (!line || away === !yes) return;
    away = !yes;
    line.textContent = away ? line.dataset.away : line.dataset.here;
    line.classList.toggle("away", away);
    if (!away) { for (const field of drafts()) if (field.dataset.unsaved) keep(field); }
  }

  if (channel) {
    channel.onmessage = (event) => {
      if (event.data.ask) { if (source && source.readyState === EventSource.OPEN && revision !== null) say(); return; }
      if (event.data.gone) { lastHeard = refused = 0; setTimeout(tend, 50 + Math.random() * 400); return; }
      lastHeard = Date.now();
      news(event.data.revision);
    };
    channel.postMessage({ ask: true });
  }
  addEventListener("online", wake);
  addEventListener("offline", () => connected(false));
  addEventListener("pageshow", wake);
  // Before the next page is asked for, so that it has what was typed; by `pagehide` it is there already.
  addEventListener("beforeunload", flush);
  addEventListener("pagehide", () => {
    if (source) { source.close(); source = null; if (channel) channel.postMessage({ gone: true }); }
    flush();
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); else wake(); });
  setTimeout(tend, 100 + Math.random() * 500);
  setInterval(tend, POLL);

  // --- regions: fetched again when the revision rises; a form is never inside one ---
  const again = new Set(), busy = new Set();

  function refresh() { for (const region of document.querySelectorAll("[data-live]")) fetchRegion(region); }

  async function fetchRegion(region) {
    if (busy.has(region)) { again.add(region); return; }
    busy.add(region);
    const asked = revision;
    try {
      const answer = await fetch(region.dataset.live, { cache: "no-store", headers: { Accept: "text/html" } });
      // A region that there is no more belongs to a page that is this browser's no more: a seat left, a debrief undone.
      if (answer.status === 404) {
        for (const note of document.querySelectorAll("[data-follow]")) { note.hidden = false; note.dataset.gone = "yes"; }
        setTimeout(follow, FOLLOW);
      }
      if (answer.ok && !answer.redirected) {
        replace(region, await answer.text());
        connected(true);
      }
      // What was refused is not asked for again until there is something new.
      if (answer.status < 500) region.dataset.revision = String(asked);
    } catch { connected(false); }
    busy.delete(region);
    if (again.delete(region)) fetchRegion(region);
  }

  function replace(region, html) {
    if (region.querySelector("form") || region.dataset.shown === html) return;
    const made = new DOMParser().parseFromString(html, "text/html");
    if (made.querySelector("form")) return;
    const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...region.querySelectorAll("details[open][id]")].map((each) => each.id);
    region.replaceChildren(...made.body.childNodes);
    region.dataset.shown = html;
    for (const id of open) { const found = document.getElementById(id); if (found) found.open = true; }
    const back = focused && document.getElementById(focused);
    if (back) back.focus({ preventScroll: true });
    tick();
    region.dispatchEvent(new CustomEvent("renewed", { bubbles: true }));
  }

  // A page whose phase has changed shows a link to the one that is due, and goes there by itself where it may: nobody's
  // typing is thrown away, nobody is taken away from it, and a tap that is under way comes first.
  document.addEventListener("renewed", () => {
    for (const note of document.querySelectorAll("[data-when-phase-changes]")) {
      const now = document.querySelector("[data-phase]");
      note.hidden = !now || (now.dataset.phase === note.dataset.whenPhaseChanges && now.dataset.of === note.dataset.of);
    }
    setTimeout(follow, FOLLOW);
  });

  // Whoever was at work when the class went on is done sooner or later.
  setInterval(follow, POLL);

  let leaving = 0;
  addEventListener("beforeunload", () => { leaving = Date.now(); });

  function follow() {
    const note = document.querySelector("[data-follow]:not([hidden])");
    if (!note || Date.now() - leaving < PRESSED || [...document.forms].some(atWork)) return;
    const now = document.querySelector("[data-phase]");
    location.replace(note.dataset.gone ? "/seat" : (now && now.dataset.next) || note.querySelector("a").href);
  }

  // What is typed into a form that is good for this phase alone (`data-passing`) is good for nothing afterwards.
  function atWork(form) {
    if (form.dataset.sent) return true;
    return form.dataset.passing === undefined && [...form.elements].some((field) => typing(field) || precious(field));
  }

  function typing(field) {
    return field === document.activeElement && !["checkbox", "radio", "submit", "button"].includes(field.type);
  }

  function precious(field) {
    if (field.dataset.draft !== undefined) return waiting.has(field) || Boolean(field.dataset.unsaved);
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((each) => each.selected !== each.defaultSelected && each.index > 0);
    return field.type !== "hidden" && field.defaultValue !== undefined && field.value !== field.defaultValue;
  }

  // --- drafts: what is typed is sent as typed ---
  const waiting = new Map();

  function drafts() { return document.querySelectorAll("[data-draft]"); }

  function sending(field) {
    const form = field.form;
    const value = field.type === "checkbox" ? (field.checked ? field.value : "") : field.value;
    return new URLSearchParams({ csrf: form.elements.csrf.value, field: field.dataset.draft, text: value });
  }

  async function keep(field) {
    waiting.delete(field);
    if (!field.form || !field.form.dataset.drafts) return;
    let kept = false;
    try {
      const answer = await fetch(field.form.dataset.drafts, { method: "POST", body: sending(field), keepalive: true });
      kept = answer.ok;
    } catch { connected(false); }
    // What was typed since then is not kept yet.
    field.dataset.unsaved = kept && !waiting.has(field) ? "" : "yes";
    const line = field.form.querySelector("[data-draft-status]");
    if (line) line.textContent = kept ? line.dataset.saved : line.dataset.unsaved;
    follow();
  }

  function flush() { for (const [field, timer] of [...waiting]) { clearTimeout(timer); keep(field); } }

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.dataset || field.dataset.draft === undefined) return;
    clearTimeout(waiting.get(field));
    field.dataset.unsaved = "yes";
    waiting.set(field, setTimeout(() => keep(field), DRAFT));
  });

  // A press without a network would throw the page away, and with it what is typed: so the laptop is asked first.
  // A second tap while the first is under way sends nothing; each form's token would make it the same one anyway.
  const reached = new WeakSet();

  async function reachable() {
    const patience = new AbortController(), timer = setTimeout(() => patience.abort(), REACH);
    try {
      await fetch(body.dataset.poll, { cache: "no-store", signal: patience.signal });
      connected(true);
      return true;
    } catch { connected(false); return false; } finally { clearTimeout(timer); }
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target, submitter = event.submitter;
    if (form.method !== "post" || reached.delete(form)) return;
    event.preventDefault();
    if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < PRESSED) return;
    form.dataset.sent = String(Date.now());
    // What is being sent is no draft any more: one that came later would stand in the form again.
    const typed = [...drafts()].filter((field) => field.form === form && (waiting.has(field) || field.dataset.unsaved));
    for (const field of typed) { clearTimeout(waiting.get(field)); waiting.delete(field); field.dataset.unsaved = ""; }
    if (await reachable()) {
      reached.add(form);
      form.requestSubmit(submitter);
      return;
    }
    form.dataset.sent = "";
    for (const field of typed) field.dataset.unsaved = "yes";
  });

  // A page that the browser kept whole may be pressed again.
  addEventListener("pageshow", () => { for (const form of document.forms) form.dataset.sent = ""; });

  // --- clocks ---
  const offset = new WeakMap();

  function tick() {
    for (const clock of document.querySelectorAll("[data-deadline]")) {
      if (!offset.has(clock)) offset.set(clock, Number(clock.dataset.now) - Date.now() / 1000);
      const left = Math.max(0, Math.round(Number(clock.dataset.deadline) - Date.now() / 1000 - offset.get(clock)));
      clock.textContent = left > 0 || !clock.dataset.over
        ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : clock.dataset.over;
    }
  }

  setInterval(tick, 1000);
  tick();

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
})();
