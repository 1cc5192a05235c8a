// The inbox: keys, and new mail without a reload. Without this file the pages work, only by hand.
(() => {
  "use strict";

  const list = document.getElementById("mails");
  const opened = document.getElementById("opened");

  // --- keys: j k Enter u / # ? ------------------------------------------------------------------------
  const go = (address) => { if (address) location.assign(address); };
  const links = () => [...list.querySelectorAll(".mail-link")];
  const current = () => list?.contains(document.activeElement) ? document.activeElement.closest(".mail") : null;

  const neighbour = (rel) => document.querySelector(`#neighbours a[rel=${rel}]`)?.href;

  const step = (by) => {
    const all = links();
    const at = all.indexOf(current()?.querySelector(".mail-link"));
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  // Named by what the keys mean in each page.
  const keys = {
    j: () => list ? step(1) : go(neighbour("next")),
    k: () => list ? step(-1) : go(neighbour("prev")),
    u: () => go(opened?.dataset.list),
    "#": () => (list ? current()?.querySelector(".mail-delete") : document.getElementById("delete"))?.requestSubmit(),
    "/": () => { document.getElementById("q").focus(); document.getElementById("q").select(); },
    "?": () => { const help = document.querySelector("details.help"); help.open = !help.open; },
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && typing) typing.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });

  if (!list) return;

  // --- relative times grow older; the emulator's clock is not the browser's ----------------------------
  const ahead = Number(list.dataset.now) - Date.now();
  const ago = (time) => {
    const passed = (Date.now() + ahead - Date.parse(time.dateTime)) / 1000;
    if (passed < 0 || passed >= 86400) return;
    time.textContent = passed < 60 ? "just now" : passed < 3600 ? `${Math.floor(passed / 60)} min ago` : `${Math.floor(passed / 3600)} h ago`;
  };
  setInterval(() => list.querySelectorAll("time").forEach(ago), 30000);

  // --- a deleted row goes without a reload, and the next one takes the focus ----------------------------
  list.addEventListener("submit", async (event) => {
    const form = event.target.closest(".mail-delete");
    if (!form) return;
    event.preventDefault();
    const row = form.closest(".mail");
    const answer = await fetch(form.action, { method: "POST", redirect: "manual" }).catch(() => null);
    if (!answer || (!answer.ok && answer.type !== "opaqueredirect" && answer.status !== 404)) {
      document.dispatchEvent(new CustomEvent("say", { detail: answer ? "It was not deleted" : "The emulator does not answer" }));
      return;
    }
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    next?.querySelector(".mail-link").focus();
    if (list.dataset.rows) look();
  });

  // --- new mail ----------------------------------------------------------------------------------------
  if (!list.dataset.rows) return;
  const MOST = 200;
  let busy = false, again = false;

  // One look at a time: two at once would bring the same rows twice.
  const look = async (whole = false) => {
    if (busy) { again = again || whole || "some"; return; }
    busy = true;
    const address = new URL(list.dataset.rows, location.href);
    const newest = list.firstElementChild?.dataset.id ?? "0";
    if (!whole && list.childElementCount < MOST) address.searchParams.set("after", newest);
    try {
      await htmx.ajax("GET", address.href, { target: list, swap: "afterbegin" });
    } catch {
      // Nobody answers. The stream says when somebody does again, and then all is looked for.
    } finally {
      busy = false;
      if (again) { const all = again === true; again = false; look(all); }
    }
  };

  // When the stream is not there (too many pages listen, or none is offered) the page looks by itself.
  let polling = 0;
  const poll = () => { polling ||= setInterval(() => { if (!document.hidden) look(); }, 5000); };

  const listen = () => {
    const stream = new EventSource(list.dataset.stream);
    let wait = 0;
    stream.addEventListener("message", () => { wait ||= setTimeout(() => { wait = 0; look(); }, 100); });
    // What came between the making of this page, or the end of a broken stream, and now.
    stream.addEventListener("open", () => look());
    stream.addEventListener("missed", () => look(true));
    stream.addEventListener("reset", () => look(true));
    stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) poll(); });
    addEventListener("pagehide", () => stream.close(), { once: true });
  };
  addEventListener("pageshow", (event) => { if (event.persisted) { look(); listen(); } });
  listen();
})();
