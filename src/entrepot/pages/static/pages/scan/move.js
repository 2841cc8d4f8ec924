// Move within a warehouse: from a bin, an item, to a bin.

import { means } from "./codes.js";
import { back } from "./put.js";
import { newId } from "./queue.js";

const AREAS = ["@receiving", "@damaged"];

export default {
  name: "move",
  bins: new Set(),
  from: null, // { bin, content: [{ sku, name, gtin, quantity }] or null where it is not known }
  held: null, // { sku, units, most }

  async open(page) {
    this.bins = new Set([...(await page.taken("bins", () => page.load("bins"))).bins, ...AREAS]);
  },

  view(page) {
    const say = (name, given) => page.say(`move.${name}`, given);
    const named = (bin) => page.say("areas")[bin] ?? bin;
    if (!this.from) {
      return { ask: say("from"), actions: AREAS.map((area) => ({ text: named(area), press: page.press(() => this.leave(page, area)) })) };
    }
    const leave = { text: say("another"), press: page.press(() => { this.from = null; this.held = null; }) };
    if (!this.held) {
      return {
        ask: say("item", { bin: named(this.from.bin) }), big: named(this.from.bin), listed: say("here"),
        list: (this.from.content ?? []).map((each) => ({ left: each.sku, sub: each.name ?? "", right: each.quantity })),
        actions: [leave],
      };
    }
    return {
      ask: say("to"), big: this.held.sku, amount: { n: this.held.units, of: page.say("units") }, lines: [{ text: say("out_of", { bin: named(this.from.bin) }) }],
      actions: [
        { text: page.say("type_quantity"), kind: "main", press: page.press(() => this.type(page)) },
        ...AREAS.filter((area) => area !== this.from.bin).map((area) => ({ text: say("into", { area: named(area) }), press: page.press(() => this.put(page, area)) })),
        { text: page.say("cancel"), press: page.press(() => { this.held = null; }) },
      ],
    };
  },

  async scanned(page, code) {
    if (!this.from) {
      return this.bins.has(code.text) ? this.leave(page, code.text) : page.wrong(page.say("move.bin_first"), code.text);
    }
    if (this.bins.has(code.text)) {
      if (!this.held) return this.leave(page, code.text);
      return code.text === this.from.bin ? page.wrong(page.say("move.same"), code.text) : this.put(page, code.text);
    }
    const its = this.from.content?.find((each) => means(code, each));
    if (this.from.content && !its) {
      page.wrong(page.say("move.not_here"), code.text);
      return page.refine(code, page.say("move.not_here"));
    }
    const sku = its?.sku ?? code.text;
    if (this.held && this.held.sku !== sku) return page.wrong(page.say("put.bin_first"), this.held.sku);
    const units = (this.held?.units ?? 0) + page.units(code);
    const most = its?.quantity ?? 999999;
    if (units > most) return page.wrong(page.say("refusals.too_many"), page.say("put.only", { count: most }));
    this.held = { sku, units, most };
    return page.right(`${sku} × ${units}`, its?.name ?? "");
  },

  async leave(page, bin) {
    let content = null;
    try {
      const { found } = await page.find({ raw: bin });
      content = found.find((each) => each.kind === "bin")?.content ?? [];
    } catch {
      // Without a network nobody knows what lies there; the desk will say.
    }
    this.from = { bin, content };
    page.right(page.say("kinds.bin"), bin);
  },

  async put(page, target) {
    const { sku, units } = this.held;
    const scan = newId();
    const source = this.from.bin;
    const isKnown = this.from.content !== null;
    this.held = null;
    const outcome = await page.submit({
      title: `${sku} × ${units}`, sub: `${source} → ${target}`,
      request: { id: scan, path: "/floor/moves", isOnce: true, body: { scan, warehouse: page.warehouse, lines: [{ barcode: sku, quantity: units, source, target }] } },
    }, isKnown);
    const its = this.from.content?.find((each) => each.sku === sku);
    if (its) its.quantity -= units;
    if (this.from.content) this.from.content = this.from.content.filter((each) => each.quantity > 0);
    if (isKnown || page.tell(outcome)) page.right(page.say("move.moved"), `${source} → ${target}`);
  },

  async type(page) {
    const units = await page.screen.number(page.say("how_many"), { most: this.held.most });
    if (units) this.held.units = units;
  },

  undo(page, item) {
    const [line] = item.request?.body.lines ?? [];
    return line ? back(page, line) : null;
  },

  undone() {
    this.from = null;
    this.held = null;
  },

  refused() {
    this.from = null;
  },
};
