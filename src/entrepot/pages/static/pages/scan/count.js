// Count: a bin, then what lies in it. Nobody is shown what the book has there.

import { choosing } from "./pick.js";
import { newId } from "./queue.js";

export default {
  name: "count",
  its: null, // { id, number, bins: [{ code, state }] }
  at: null, // { bin, counted: [[sku, units]] }

  async open(page) {
    const { count } = page.query;
    if (count) {
      this.its = await page.taken(`count ${count}`, () => page.api.read(`count/${count}`));
      this.at = (await page.recall(`count at ${count}`)) ?? null;
    } else this.choices = (await page.taken("choices count", () => page.load("count"))).choices;
  },

  view(page) {
    const say = (name, given) => page.say(`count.${name}`, given);
    if (!this.its) return choosing(page, this.choices ?? [], "count");
    const open = this.its.bins.filter((each) => ["to_count", "counting"].includes(each.state));
    const progress = { done: this.its.bins.length - open.length, all: this.its.bins.length };
    if (!this.at) {
      if (!open.length) return { ask: say("all_done"), big: "★", progress, actions: [{ text: say("another"), press: () => location.assign("./") }] };
      return { ask: say("go_to"), big: open[0].code || page.say("no_bin"), progress, listed: say("bins"), list: open.slice(1, 30).map((each) => ({ left: each.code || page.say("no_bin") })) };
    }
    const [first] = this.at.counted;
    return {
      ask: say("scan_in", { bin: this.at.bin || page.say("no_bin") }), big: first ? first[1] : 0, lines: [{ text: first ? first[0] : say("nothing_yet"), kind: first ? "code" : "" }],
      progress, listed: say("counted"), list: this.at.counted.slice(1).map(([sku, units]) => ({ left: sku, right: units })),
      actions: [
        { text: this.at.counted.length ? say("done") : say("is_empty"), kind: "main", press: page.press(() => this.close(page)) },
        first && { text: say("set", { sku: first[0] }), press: page.press(() => this.set(page, first[0])) },
        { text: page.say("type_times"), press: page.press(async () => { page.times = (await page.screen.number(page.say("how_many"))) || 1; }) },
      ],
    };
  },

  async scanned(page, code) {
    if (!this.its) return this.chosen(page, code);
    const bin = this.its.bins.find((each) => each.code === code.text);
    if (bin) return this.into(page, bin);
    if (!this.at) return page.wrong(page.say("count.bin_first"), page.say("expected", { what: this.its.bins.find((each) => each.state === "to_count")?.code ?? "–" }));
    return this.enter(page, code.raw, page.units(code), false);
  },

  async into(page, bin) {
    if (this.at && this.at.bin !== bin.code) return page.attention(page.say("count.finish_first"), this.at.bin);
    if (!["to_count", "counting"].includes(bin.state)) return page.wrong(page.say("count.is_closed"), bin.code);
    if (this.at) return page.attention(page.say("count.is_here"), bin.code);
    const line = { scan: newId(), bin: bin.code, barcode: "", quantity: 1 };
    await page.submit({ title: bin.code, sub: page.say("count.begun"), bulk: { kind: "count", of: this.its.id, line }, context: { isBegun: true } }, true);
    bin.state = "counting";
    this.at = { bin: bin.code, counted: [] };
    await this.keep(page);
    return page.right(page.say("kinds.bin"), bin.code);
  },

  async enter(page, barcode, quantity, isSet) {
    const line = { scan: newId(), bin: this.at.bin, barcode, quantity, is_set: isSet };
    const outcome = await page.submit({ title: `${barcode} × ${quantity}`, sub: this.at.bin, bulk: { kind: "count", of: this.its.id, line } });
    if (!page.tell(outcome)) {
      if (outcome.state === "kept") await this.say(page, barcode, isSet ? quantity : this.units(barcode) + quantity);
      return;
    }
    const { kind, sku, counted } = outcome.answer;
    await this.say(page, sku || barcode, sku ? counted : this.units(barcode) + quantity);
    if (kind === "kept") page.attention(page.say("refusals.unknown_barcode"), page.say("count.kept_text"));
    else page.right(`${sku} × ${counted}`, this.at.bin);
  },

  units(sku) {
    return this.at.counted.find((each) => each[0] === sku)?.[1] ?? 0;
  },

  async say(page, sku, units) {
    this.at.counted = [[sku, units], ...this.at.counted.filter((each) => each[0] !== sku)];
    await this.keep(page);
  },

  async set(page, sku) {
    const units = await page.screen.number(page.say("count.how_many", { sku }));
    if (units !== null) await this.enter(page, sku, units, true);
  },

  async close(page) {
    const { bin } = this.at;
    const outcome = await page.submit({ title: bin, sub: page.say("count.closed"), request: { path: `/counts/${this.its.id}/close`, body: { bins: [bin] } }, context: { isClosed: true } });
    if (outcome.state === "refused") return page.tell(outcome);
    const its = this.its.bins.find((each) => each.code === bin);
    its.state = "right";
    this.at = null;
    if (outcome.state === "kept") page.tell(outcome);
    else if (outcome.answer.moved.includes(bin)) {
      its.state = "to_count";
      page.attention(page.say("count.again"), bin);
    } else if (outcome.answer.differs.includes(bin)) page.attention(page.say("count.differs"), bin);
    else page.right(page.say("count.counted_bin"), bin);
    return this.keep(page);
  },

  async chosen(page, code) {
    const { found } = await page.find(code);
    const count = found.find((each) => each.kind === "count");
    if (count) return location.assign(`?count=${count.id}`);
    const bin = found.find((each) => each.kind === "bin");
    if (!bin) return page.wrong(page.say("count.no_bin"), code.text);
    // A bin by itself: a count of its own.
    const made = await page.api.call("POST", "/counts", { warehouse: page.warehouse, bins: [bin.code] }, newId());
    page.right(page.say("kinds.bin"), bin.code);
    return location.assign(`?count=${made.id}`);
  },

  undo(page, item) {
    const { line, of } = item.bulk ?? {};
    if (!line || !line.barcode || line.is_set || !this.at || this.at.bin !== line.bin) return null;
    const sku = item.answer?.sku || line.barcode;
    const quantity = this.units(sku) - line.quantity;
    if (quantity < 0 || item.answer?.kind === "kept") return null;
    return (id) => ({ bulk: { kind: "count", of, line: { ...line, scan: id, barcode: sku, quantity, is_set: true } } });
  },

  async undone(page, item) {
    const { line } = item.bulk ?? {};
    if (!line || !this.at || this.at.bin !== line.bin) return;
    const sku = item.answer?.sku || line.barcode;
    await this.say(page, sku, Math.max(0, this.units(sku) - line.quantity));
  },

  async keep(page) {
    await page.remember(`count ${this.its.id}`, this.its);
    await page.remember(`count at ${this.its.id}`, this.at);
  },
};
