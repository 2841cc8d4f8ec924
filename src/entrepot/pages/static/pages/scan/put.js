// Put away what lies in the receiving area: an item, then the bin.

import { means } from "./codes.js";
import { newId } from "./queue.js";

export default {
  name: "put",
  lines: [],
  bins: new Set(),
  held: null, // { line, units }

  async open(page) {
    const found = await page.taken("put", () => page.load("put"));
    this.lines = found.lines;
    this.bins = new Set(found.bins);
    this.held = null;
  },

  view(page) {
    const say = (name, given) => page.say(`put.${name}`, given);
    const left = this.lines.filter((each) => each.quantity > 0);
    if (this.held) {
      const { line, units } = this.held;
      return {
        ask: say("bring_to"), big: line.bin || page.say("no_bin"), amount: { n: units, of: page.say("units") },
        lines: [{ text: line.sku, kind: "code" }, { text: line.name, kind: "title" }],
        actions: [
          line.quantity > units && { text: say("all", { count: line.quantity }), kind: "main", press: page.press(() => { this.held.units = line.quantity; }) },
          { text: page.say("type_quantity"), press: page.press(() => this.type(page)) },
          { text: page.say("cancel"), press: page.press(() => { this.held = null; }) },
        ],
      };
    }
    if (!left.length) return { ask: say("none"), big: "★", actions: [{ text: page.say("again"), press: page.press(() => this.open(page)) }] };
    return {
      ask: say("scan_item"), big: left.reduce((total, each) => total + each.quantity, 0), lines: [{ text: say("waiting") }], listed: say("here"),
      list: left.slice(0, 50).map((each) => ({ left: each.sku, sub: each.name ?? "", right: each.quantity })),
    };
  },

  async scanned(page, code) {
    const line = this.lines.find((each) => each.quantity > 0 && means(code, each));
    if (this.held) {
      if (this.bins.has(code.text)) return this.put(page, code.text);
      if (line === this.held.line) return this.add(page, code);
      if (line) return page.wrong(page.say("put.bin_first"), page.say("expected", { what: this.held.line.bin || page.say("no_bin") }));
      return page.wrong(page.say("put.no_bin"), code.text);
    }
    if (!line) {
      if (this.bins.has(code.text)) return page.wrong(page.say("put.item_first"), code.text);
      page.wrong(page.say("put.not_here"), code.text);
      return page.refine(code, page.say("put.not_here"));
    }
    this.held = { line, units: 0 };
    return this.add(page, code);
  },

  add(page, code) {
    const { line } = this.held;
    const units = this.held.units + page.units(code);
    if (units > line.quantity) {
      if (!this.held.units) this.held = null;
      return page.wrong(page.say("refusals.too_many"), page.say("put.only", { count: line.quantity }));
    }
    this.held.units = units;
    return page.right(`${line.sku} × ${units}`, line.name ?? "");
  },

  async put(page, bin) {
    const { line, units } = this.held;
    const scan = newId();
    const body = { scan, warehouse: page.warehouse, lines: [{ barcode: line.sku, quantity: units, source: "@receiving", target: bin }] };
    line.quantity -= units;
    this.held = null;
    await page.submit({ title: `${line.sku} × ${units}`, sub: bin, request: { id: scan, path: "/floor/put-aways", body, isOnce: true } }, true);
    await page.remember("put", { lines: this.lines, bins: [...this.bins] });
    if (bin === line.bin || !line.bin) page.right(page.say("put.lies"), bin);
    else page.attention(page.say("put.other"), page.say("put.other_text", { bin, best: line.bin }));
  },

  async type(page) {
    const { line } = this.held;
    const units = await page.screen.number(page.say("how_many"), { most: line.quantity });
    if (units) this.held.units = units;
  },

  undo(page, item) {
    const [line] = item.request?.body.lines ?? [];
    return line ? back(page, line) : null;
  },

  async undone(page, item) {
    const [moved] = item.request.body.lines;
    const line = this.lines.find((each) => each.sku === moved.barcode);
    if (line) line.quantity += moved.quantity;
    await page.remember("put", { lines: this.lines, bins: [...this.bins] });
  },

  async refused(page) {
    if (page.queue.state === "online") await this.open(page);
  },
};

/** The way back of a line that moved. */
export const back = (page, line) => (id) => ({
  request: {
    path: "/floor/moves", isOnce: true,
    body: { scan: id, warehouse: page.warehouse, lines: [{ ...line, source: line.target, target: line.source }] },
  },
});
