// The keyboard, and what a page does between two answers. Every page works without it.

const typing = (at) => at.closest("input, textarea, select, [contenteditable]") !== null;
const rows = () => [...document.querySelectorAll("main .table tbody tr")];
let here = -1;
let goes = 0;

function stand(at) {
  const all = rows();
  if (all.length === 0) return;
  all[here]?.classList.remove("here");
  here = Math.max(0, Math.min(at, all.length - 1));
  all[here].classList.add("here");
  all[here].scrollIntoView({ block: "nearest" });
}

function follow(selector) {
  const found = document.querySelector(selector);
  found?.click();
  return found !== null;
}

const keys = {
  "/": () => document.querySelector('[data-key="/"]')?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => stand(here + 1),
  k: () => stand(here - 1),
  Enter: () => rows()[here]?.querySelector("a")?.click(),
  x: () => rows()[here]?.querySelector("input[type=checkbox]")?.click(),
  n: () => follow("[data-new]"),
  e: () => follow("[data-export]"),
  "[": () => follow("a[rel=prev]"),
  "]": () => follow("a[rel=next]"),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  if (Date.now() - goes < 1500) {
    goes = 0;
    if (follow(`[data-go="${CSS.escape(event.key)}"]`)) event.preventDefault();
  } else if (event.key === "g") {
    goes = Date.now();
  } else if (Object.hasOwn(keys, event.key)) {
    event.preventDefault();
    keys[event.key]();
  }
});

// Other rows have come: nobody stands on one of them yet.
document.addEventListener("htmx:afterSettle", () => { here = -1; });

// What is sent once is not sent twice by a second press.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; }, 0);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }
});

// Light and dark at once, kept by the server for the next page.
document.querySelector("[name=theme]")?.closest("form").addEventListener("submit", (event) => {
  document.documentElement.dataset.theme = event.submitter?.value ?? "light";
});

// The sections are folded on a narrow screen until they are asked for.
const sections = document.querySelector(".sections");
const narrow = window.matchMedia("(max-width: 48rem)");
const fold = () => { if (sections) sections.open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();

// A list is asked the same only once: to leave a field that was typed into must not take marks away.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.target.matches?.("form.filters")) return;
  const asked = new URLSearchParams(new FormData(event.target)).toString();
  if (event.target.dataset.asked === asked) event.preventDefault();
  event.target.dataset.asked = asked;
});

// All of a list, or none of it.
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-all]");
  if (!all) return;
  for (const box of document.querySelectorAll(`input[name="${CSS.escape(all.dataset.all)}"]`)) box.checked = all.checked;
});

// A menu closes when one presses elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
