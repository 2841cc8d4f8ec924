// A scan page comes to life: its flow, the scanner, what is kept, and the browser's own copy of it.

import { Api } from "./api.js";
import count from "./count.js";
import { Page } from "./flow.js";
import look from "./look.js";
import move from "./move.js";
import pack from "./pack.js";
import pick from "./pick.js";
import put from "./put.js";
import { Queue } from "./queue.js";
import receive from "./receive.js";
import back from "./return.js";
import { Screen } from "./screen.js";
import ship from "./ship.js";
import { ready } from "./signal.js";
import site from "./site.js";
import start from "./start.js";
import { listen } from "./wedge.js";

const FLOWS = { count, look, move, pack, pick, put, receive, return: back, ship, site, start };
const given = JSON.parse(document.getElementById("given").textContent);

/** A word, or words, by name; what is in braces is put in. */
function say(name, values = {}) {
  const found = name.split(".").reduce((words, part) => words[part], given.words);
  if (found === undefined) throw new Error(`there is no word ${name}`);
  return typeof found === "string" ? found.replace(/\{(\w+)\}/g, (all, key) => String(values[key] ?? all)) : found;
}

const screen = new Screen(say);
screen.login = given.addresses.login;
const api = new Api(given);
const queue = new Queue(api, given.owner);
const page = new Page({ given, screen, api, queue, say, flow: FLOWS[given.flow] });

const sink = document.getElementById("code");
listen(sink, (code, at) => page.take(code, at));
document.getElementById("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = sink.value.trim();
  sink.value = "";
  if (text) page.take(text, event.timeStamp);
});
document.getElementById("keyboard").addEventListener("click", () => {
  sink.inputMode = sink.inputMode === "none" ? "text" : "none";
  sink.blur();
  sink.focus();
});
document.addEventListener("pointerdown", ready, { passive: true });
document.addEventListener("keydown", ready, { passive: true });
document.getElementById("network").addEventListener("click", () => queue.flush());
document.getElementById("place").textContent = page.warehouse;

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register(given.addresses.worker).catch(() => {});
  navigator.serviceWorker.ready.then(({ active }) => active.postMessage("fill"));
}
// What is kept is not to be cleared away when the device runs short of room.
navigator.storage?.persist?.();

await page.start().catch((error) => {
  page.failed(error);
  page.draw();
});
sink.focus({ preventScroll: true });
document.body.dataset.started = "yes";
