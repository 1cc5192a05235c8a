// What every page may use, by attributes alone; without this file the pages still work.
//   data-copy="#id"          a button that copies the text of that element (or its value)
//   data-copy-text="..."     a button that copies this text; data-copy-link copies the page's own address
//   data-confirm="..."       a form or button that asks before it is submitted
//   <details class="menu">   closes on Escape and on a click elsewhere
(() => {
  "use strict";

  const say = (text) => {
    const place = document.getElementById("said");
    place.textContent = text;
    place.classList.add("shown");
    clearTimeout(say.timer);
    say.timer = setTimeout(() => place.classList.remove("shown"), 2500);
  };

  // navigator.clipboard exists on secure origins alone, and this emulator may be opened by another name over HTTP.
  const copy = async (text) => {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return;
    }
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("refused");
  };

  const wanted = (button) => {
    if (button.hasAttribute("data-copy-link")) return new URL(button.dataset.copyLink || location.href, location.href).href;
    if (button.hasAttribute("data-copy-text")) return button.dataset.copyText;
    const source = document.querySelector(button.dataset.copy);
    return source.value ?? source.textContent;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy],[data-copy-text],[data-copy-link]");
    if (button) {
      event.preventDefault();
      copy(wanted(button)).then(() => say("Copied"), () => say("The browser refused to copy"));
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // A click that is answered with an error, or not at all, is not left without an effect. What a page asks for by itself
  // (new mail, live tables) is asked for again anyway.
  document.addEventListener("say", (event) => say(event.detail));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.elt.href) location.assign(event.detail.elt.href);
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.elt.href) say("The emulator does not answer");
  });

  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // On a narrow screen sections and tabs scroll sideways: where we are is brought into view, with a bit of its neighbour.
  const BESIDE = 48;
  const show = () => {
    for (const here of document.querySelectorAll(".sections [aria-current], .tabs [aria-current]")) {
      const row = here.parentElement, left = here.offsetLeft - row.offsetLeft, right = left + here.offsetWidth;
      if (right > row.scrollLeft + row.clientWidth) row.scrollLeft = right - row.clientWidth + BESIDE;
      if (left < row.scrollLeft) row.scrollLeft = left - BESIDE;
    }
  };
  show();
  document.addEventListener("htmx:afterSettle", show);

  // Why something was refused stands beside its button, maybe below the fold; the focus also has it read aloud.
  const refusal = document.querySelector("main [role=alert]");
  if (refusal) {
    refusal.tabIndex = -1;
    refusal.focus({ preventScroll: true });
    refusal.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
