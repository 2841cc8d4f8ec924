// Scans on their way: each is kept with its id before anything else, and leaves the device in its
// order and once, when the desk has answered it. Of several tabs one sends, the others wait.

import { Away, Refusal, SignedOut } from "./api.js";
import * as store from "./store.js";

const MOST = 500; // scans of one call
const TRIES = 3; // of a scan over which the desk stumbles
const PAUSES = [1000, 2000, 5000, 10000, 20000];

/** An id that no other scan has; also where the page is served without HTTPS. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// How scans of a kind go out together, and what came of each.
const BULK = {
  pick: {
    ask: (all) => ["/floor/scans", { warehouse: all[0].bulk.of, lines: all.map((each) => each.bulk.line) }],
    told: (answer) => answer.map((each) => (each.state === "done" ? { answer: each.picked } : { why: each.refused })),
  },
  receive: {
    ask: (all) => ["/scans/bulk", { scans: all.map((each) => each.bulk.line) }],
    told: (answer) => answer.scans.map((each) => (each.state === "refused" ? { why: each.refusal } : { answer: each })),
  },
  site: {
    ask: (all) => ["/piece-events/scans", { events: all.map((each) => each.bulk.line) }],
    told: (answer) => answer.events.map((each) => (each.state === "refused" ? { why: each.refusal } : { answer: each })),
  },
  count: {
    ask: (all) => [`/counts/${all[0].bulk.of}/entries`, { lines: all.map((each) => each.bulk.line) }],
    told: (answer) => answer.map((each) => (each.state === "done" ? { answer: each } : { why: each.refused })),
  },
};

const exclusively = (name, act) => (navigator.locks ? navigator.locks.request(name, act) : act());

export class Queue extends EventTarget {
  #waiting = new Map(); // id -> what to tell whoever waits for it
  #running = null;
  #again = false;
  #pause = 0;
  #timer = 0;
  #mail = new BroadcastChannel("entrepot-scan");
  /** `online`; `away`: the network is; `out`: the session is over. */
  state = navigator.onLine ? "online" : "away";

  constructor(api, owner) {
    super();
    Object.assign(this, { api, owner });
    this.#mail.onmessage = ({ data }) => {
      if (data.owner !== owner) return;
      if (data.id) this.#tell(data.id, data.outcome);
      this.#changed();
    };
    window.addEventListener("online", () => {
      this.#pause = 0; // what failed while the network was away says nothing of now
      this.flush();
    });
    window.addEventListener("offline", () => this.#is("away"));
    document.addEventListener("visibilitychange", () => document.hidden || this.flush());
  }

  /**
   * Keep a scan, and send it.
   *
   * @param {() => void} kept what to do once it is kept, before it is sent
   * @returns what came of it: `{ state: "done", answer }`, `{ state: "refused", why }`, `{ state: "kept" }`
   */
  async send(scan, kept = () => {}) {
    const outcome = new Promise((resolve) => this.#waiting.set(scan.id, resolve));
    await store.add({ ...scan, owner: this.owner, state: "kept", tries: 0, at: Date.now() });
    kept();
    this.#changed();
    this.flush();
    return outcome;
  }

  /** Somebody was told that a scan is kept: if it is refused later, they have to hear of it. */
  async promise(id) {
    const found = await store.scan(id);
    if (found && !found.told) await store.change(found.seq, { told: "kept" });
  }

  /** Take a scan back that was not sent; false where it was. */
  async withdraw(id) {
    return exclusively(this.#lock, async () => {
      const found = await store.scan(id);
      if (!found) return false;
      await store.drop(found.seq);
      this.#said(id, { state: "withdrawn" });
      return true;
    });
  }

  /** Somebody has seen that a scan was refused. */
  async settle(id) {
    const found = await store.scan(id);
    if (found?.state === "refused") await store.drop(found.seq);
    this.#said(id, { state: "settled" });
  }

  /** How many scans are kept, which were refused and are to be settled, how many are others'. */
  async contents() {
    const all = await store.scans();
    const mine = all.filter((each) => each.owner === this.owner);
    return {
      kept: mine.filter((each) => each.state === "kept"),
      refused: mine.filter((each) => each.state === "refused"),
      others: all.length - mine.length,
    };
  }

  /** Send what is kept; whoever asks while it is being sent has it looked at once more. */
  flush() {
    clearTimeout(this.#timer);
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    this.#running = exclusively(this.#lock, () => this.#sendAll()).finally(() => {
      this.#running = null;
      if (this.#again) {
        this.#again = false;
        this.flush();
      }
    });
    return this.#running;
  }

  get #lock() {
    return `entrepot-scan ${this.owner}`;
  }

  async #sendAll() {
    for (;;) {
      const { kept } = await this.contents();
      if (kept.length === 0) {
        if (this.state === "away" && navigator.onLine) this.#is("online");
        return;
      }
      try {
        await this.#sendFirst(kept);
        this.#is("online");
      } catch (error) {
        if (!(error instanceof Away || error instanceof SignedOut)) throw error;
        this.#is(error instanceof SignedOut ? "out" : "away");
        await this.#keep(kept);
        return;
      }
    }
  }

  /** Send the first, together with those after it that go the same way. */
  async #sendFirst(kept) {
    const [first] = kept;
    const alike = (each) => !each.alone && each.bulk && each.bulk.kind === first.bulk?.kind && each.bulk.of === first.bulk.of;
    let many = 1;
    if (!first.alone && first.bulk) while (many < Math.min(kept.length, MOST) && alike(kept[many])) many += 1;
    const all = kept.slice(0, many);
    try {
      const told = await this.#ask(all);
      for (const [at, scan] of all.entries()) await this.#done(scan, told[at]);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status >= 500 && first.tries < TRIES) {
        for (const scan of all) await store.change(scan.seq, { tries: scan.tries + 1 });
        throw new Away(error.message);
      }
      // One of them is at fault; the desk has taken none, so that each may go by itself.
      if (all.length > 1) for (const scan of all) await store.change(scan.seq, { alone: true });
      else await this.#done(first, { why: { code: error.code, found: error.found, remedy: error.remedy, facts: error.facts } });
    }
  }

  async #ask(all) {
    const [first] = all;
    if (first.bulk) {
      const way = BULK[first.bulk.kind];
      return way.told(await this.api.call("POST", ...way.ask(all)));
    }
    const { method = "POST", path, body, isOnce } = first.request;
    return [{ answer: await this.api.call(method, path, body, isOnce ? "" : first.id) }];
  }

  async #done(scan, { answer, why }) {
    if (!why) {
      await store.drop(scan.seq);
      await store.changeLast(scan.id, { state: "done", answer });
      return this.#said(scan.id, { state: "done", answer });
    }
    // Somebody was told that it is right, or kept: they have to hear that it was not.
    const told = scan.told ?? (await store.scan(scan.id))?.told;
    if (told) await store.change(scan.seq, { state: "refused", why });
    else await store.drop(scan.seq);
    await store.changeLast(scan.id, { state: "refused", why });
    return this.#said(scan.id, { state: "refused", why, late: Boolean(told) });
  }

  async #keep(kept) {
    for (const scan of kept) {
      if (!scan.told) await store.change(scan.seq, { told: "kept" });
      this.#tell(scan.id, { state: "kept" });
    }
    if (this.state === "away") {
      this.#timer = setTimeout(() => this.flush(), PAUSES[Math.min(this.#pause, PAUSES.length - 1)]);
      this.#pause += 1;
    }
  }

  #is(state) {
    if (state === "online") this.#pause = 0;
    if (state === this.state) return;
    this.state = state;
    this.#changed();
  }

  #said(id, outcome) {
    this.#tell(id, outcome);
    this.#mail.postMessage({ owner: this.owner, id, outcome });
    this.#changed();
  }

  #tell(id, outcome) {
    this.#waiting.get(id)?.(outcome);
    this.#waiting.delete(id);
    this.dispatchEvent(new CustomEvent("outcome", { detail: { id, ...outcome } }));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
