// The console's pages without this file: plain forms. With it, what data-live names is fetched again when the stream
// tells of it; which details were open is kept.
(() => {
  "use strict";

  const TOGETHER = 250;

  const opened = (element) => [...element.querySelectorAll("details[open][id]")].map((one) => one.id);

  const follow = (id, events) => {
    let waiting = 0;
    const stream = new EventSource(`/_ses/api/stream?events=${events}`);
    const tell = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        const element = document.getElementById(id);
        if (element && !document.hidden) htmx.trigger(element, "happened");
      }, TOGETHER);
    };
    for (const name of ["open", ...events.split(","), "reset", "missed"]) stream.addEventListener(name, tell);
    document.addEventListener("visibilitychange", tell);
    addEventListener("pagehide", () => stream.close());
    addEventListener("pageshow", (event) => { if (event.persisted) follow(id, events); });
  };

  let open = [];
  document.addEventListener("htmx:beforeSwap", (event) => { open = opened(event.detail.target); });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of open) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
  });

  const live = document.querySelector("[data-live]");
  if (live) follow(live.id, live.dataset.live);
})();
