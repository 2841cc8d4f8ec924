// What all flows have in common: scans are taken one after the other, answered by sound, colour and
// word, kept, sent, listed and taken back.

import { Away, Refusal, SignedOut } from "./api.js";
import { read } from "./codes.js";
import { newId } from "./queue.js";
import { calm, signal } from "./signal.js";
import * as store from "./store.js";

const PATIENCE = 2500; // milliseconds after which a scan counts as kept, whatever becomes of it
export const WAREHOUSE = "entrepot-warehouse";

export class Page {
  #turn = Promise.resolve();
  #at = 0;
  #answers = 0;
  /** So many units are meant by the next scan. */
  times = 1;

  constructor({ given, screen, api, queue, flow, say }) {
    Object.assign(this, { given, screen, api, queue, flow, say });
    const known = given.warehouses.map((each) => each.code);
    const chosen = localStorage.getItem(WAREHOUSE);
    this.warehouse = known.includes(chosen) ? chosen : known.length === 1 ? known[0] : "";
    this.query = Object.fromEntries(new URLSearchParams(location.search));
  }

  async start() {
    this.queue.addEventListener("change", () => this.#listed());
    this.queue.addEventListener("outcome", ({ detail }) => this.#late(detail));
    if (!this.warehouse && this.flow.name !== "start") location.assign(this.given.addresses.start);
    await this.queue.flush();
    await this.flow.open(this);
    this.draw();
    await this.#listed();
  }

  draw() {
    this.screen.draw(this.flow.view(this));
  }

  /** Take a code; what comes while another is being looked at waits for its turn. */
  take(text, at) {
    this.#turn = this.#turn.then(async () => {
      this.#at = at;
      calm();
      try {
        await this.flow.scanned(this, read(text));
      } catch (error) {
        this.failed(error);
      }
      this.draw();
    });
    return this.#turn;
  }

  /** Do what a button says, in turn with the scans. */
  press(act) {
    return () => {
      this.#turn = this.#turn.then(async () => {
        this.#at = 0;
        try {
          await act();
        } catch (error) {
          this.failed(error);
        }
        this.draw();
        this.screen.sink.focus({ preventScroll: true });
      });
    };
  }

  right(word, text = "") { this.#answer("right", word, text); }
  wrong(word, text = "") { this.#answer("wrong", word, text); }
  attention(word, text = "") { this.#answer("attention", word, text); }
  done(word, text = "") { this.#answer("done", word, text); }

  #answer(kind, word, text) {
    this.#answers += 1;
    signal(kind, this.#at);
    this.#at = 0;
    this.screen.answer(kind, word, text);
  }

  /** Say why something could not be looked up or done. */
  failed(error) {
    if (error instanceof Refusal) this.wrong(this.refusal(error), [error.found, error.remedy].join(" "));
    else if (error instanceof Away) this.attention(this.say("away"), this.say("away_text"));
    else if (error instanceof SignedOut) this.attention(this.say("out"), this.say("out_text"));
    else throw error;
  }

  /** The short word for a refusal; what was found is said beside it. */
  refusal(why) {
    return this.say("refusals")[why.code?.split(".")[1]] ?? this.say("refused");
  }

  /** Look up what a code is that is wrong here, and say it once it is known; nobody waits for it. */
  async refine(code, text) {
    const answers = this.#answers;
    const found = await this.find(code).catch(() => null);
    if (!found || answers !== this.#answers) return;
    const bin = found.found.find((each) => each.kind === "bin");
    const [product] = found.products;
    if (product) this.screen.answer("wrong", this.say("refusals.wrong_sku"), `${this.say("it_is", { what: product.sku })} ${text}`);
    else if (bin) this.screen.answer("wrong", this.say("refusals.wrong_bin"), `${this.say("it_is", { what: bin.code })} ${text}`);
    else if (!found.found.length) this.screen.answer("wrong", this.say("refusals.unknown_barcode"), code.text);
  }

  find(code) {
    return this.api.read("find", { warehouse: this.warehouse, text: code.raw });
  }

  load(what) {
    return this.api.read(`load/${what}`, { warehouse: this.warehouse });
  }

  /** Work that is fetched where there is a network, and else as it was when it was fetched last. */
  async taken(name, fetched) {
    const key = `${this.given.owner} ${this.warehouse} ${name}`;
    try {
      const { kept } = await this.queue.contents();
      if (kept.length) throw new Away("scans of it are still to be sent");
      const value = await fetched();
      await store.setWork(key, value);
      return value;
    } catch (error) {
      if (!(error instanceof Away || error instanceof SignedOut)) throw error;
      const known = await store.work(key);
      if (known === undefined) throw error;
      return known;
    }
  }

  async recall(name) {
    return store.work(`${this.given.owner} ${this.warehouse} ${name}`);
  }

  async remember(name, value) {
    await store.setWork(`${this.given.owner} ${this.warehouse} ${name}`, value);
  }

  async forget(name) {
    await store.dropWork(`${this.given.owner} ${this.warehouse} ${name}`);
  }

  /** How many units a scan means, once. */
  units(code) {
    const units = this.times * (code.count ?? 1);
    this.times = 1;
    return units;
  }

  /**
   * Keep a scan and send it.
   *
   * @param scan `title` and `sub` say it to people; `bulk` or `request` how it is sent; `context`
   *   is what its flow needs to take it back
   * @param {boolean} isRight whether it was found right here: then nobody waits for the desk
   */
  async submit({ title, sub = "", bulk, request, context = {} }, isRight = false) {
    const id = bulk?.line.scan ?? bulk?.line.number ?? request.id ?? newId();
    const scan = { id, flow: this.flow.name, title, sub, bulk, request, context, told: isRight ? "right" : null };
    await store.addLast({ ...scan, owner: this.given.owner, state: "kept", at: Date.now() });
    let outcome;
    const kept = new Promise((resolve) => { outcome = this.queue.send(scan, resolve); });
    await kept;
    if (isRight) return { state: "sent", id };
    const waited = new Promise((resolve) => { setTimeout(resolve, this.queue.state === "online" ? PATIENCE : 0, { state: "kept" }); });
    const found = await Promise.race([outcome, waited]);
    if (found.state === "kept") await this.queue.promise(id);
    return { ...found, id };
  }

  /** What is said of a scan that was not found right here: refused, or kept. */
  tell(outcome) {
    if (outcome.state === "refused") this.wrong(this.refusal(outcome.why), [outcome.why.found, outcome.why.remedy].filter(Boolean).join(" "));
    if (outcome.state === "kept") this.attention(this.say("kept_one"), this.say("kept_text"));
    return outcome.state === "done";
  }

  // What is on its way to the desk right now is not to be taken back: what becomes of it is not known.
  #undoable = (item) => (item.state === "kept" ? this.queue.state !== "online" : item.state === "done" && Boolean(this.flow.undo?.(this, item)));

  #undo = (item) => this.press(async () => {
    const isGone = await this.queue.withdraw(item.id);
    if (!isGone) {
      const fresh = (await store.last(this.given.owner, this.flow.name)).find((each) => each.id === item.id) ?? item;
      const back = this.flow.undo?.(this, fresh);
      if (!back) {
        this.attention(this.say("not_undone"), item.title);
        return;
      }
      const id = newId();
      const outcome = await this.queue.send({
        id, flow: this.flow.name, title: this.say("undone", { title: item.title }), sub: item.sub, context: {}, told: "kept", ...back(id),
      });
      if (outcome.state === "refused") {
        await this.queue.settle(id);
        this.tell(outcome);
        return;
      }
    }
    await store.changeLast(item.id, { state: "undone" });
    await this.flow.undone?.(this, item);
    this.right(this.say("undone_word"), item.title);
    await this.#listed();
  })();

  async #late({ id, state, late, why }) {
    if (state === "refused" && late) {
      this.#at = 0;
      this.wrong(this.refusal(why), [why.found, why.remedy].filter(Boolean).join(" "));
      await this.flow.refused?.(this, id);
      this.draw();
    }
    if (state === "done") await this.flow.told?.(this, id);
  }

  async #listed() {
    const { kept, refused, others } = await this.queue.contents();
    this.screen.network(this.queue.state, kept.length, others);
    this.screen.unsettled(refused, (each) => this.queue.settle(each.id));
    const items = await store.last(this.given.owner, this.flow.name);
    this.screen.last(items.slice(0, 5), { undo: this.#undo, undoable: this.#undoable });
  }
}
