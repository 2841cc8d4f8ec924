// Take back what customers sent: by order, tracking number or parcel, or by the goods alone; then
// a grade, by a large button.

import { means } from "./codes.js";
import { newId } from "./queue.js";

const SENDERS = { order: (its) => ({ channel: its.extra, order: its.code }), parcel: (its) => ({ parcel: its.code }), return: (its) => ({ rma: its.extra }) };

export default {
  name: "return",
  grades: [],
  sender: null, // { text, fields }
  held: null, // { barcode, sku, gtin, name, units }

  async open(page) {
    this.grades = (await page.taken("grades", () => page.api.call("GET", "/returns/grades"))).grades;
    this.sender = (await page.recall("return sender")) ?? null;
  },

  view(page) {
    const say = (name, given) => page.say(`return.${name}`, given);
    const from = { text: this.sender ? say("of", { what: this.sender.text }) : say("of_nobody") };
    if (this.held) {
      return {
        ask: say("grade"), big: this.held.sku, amount: { n: this.held.units, of: page.say("units") }, lines: [{ text: this.held.name, kind: "title" }, from],
        actions: [
          ...this.grades.map((each) => ({ text: named(page, each), kind: `grade ${each.outcome || "decide"}`, press: page.press(() => this.grade(page, each)) })),
          { text: page.say("type_quantity"), press: page.press(() => this.type(page)) },
          { text: page.say("cancel"), press: page.press(() => { this.held = null; }) },
        ],
      };
    }
    return {
      ask: this.sender ? say("scan_item") : say("scan"), big: this.sender ? this.sender.text : "", lines: [from],
      actions: [this.sender && { text: say("another"), press: page.press(() => this.from(page, null)) }],
    };
  },

  async scanned(page, code) {
    if (this.held && means(code, this.held)) {
      this.held.units += page.units(code);
      return page.right(`${this.held.sku} × ${this.held.units}`);
    }
    if (this.held) return page.wrong(page.say("return.grade_first"), this.held.sku);
    const { products, found } = await page.find(code);
    if (products.length === 1) {
      this.held = { ...products[0], barcode: products[0].sku, units: page.units(code) };
      return page.right(products[0].sku, products[0].name);
    }
    const its = found.find((each) => each.kind in SENDERS);
    if (!its) return page.wrong(page.say("refusals.unknown_barcode"), code.text);
    if (its.kind === "parcel" && its.state !== "shipped") return page.wrong(page.say("return.not_left"), its.code);
    await this.from(page, { text: its.kind === "return" ? its.extra : its.code, fields: SENDERS[its.kind](its) });
    return page.right(page.say(`kinds.${its.kind}`), this.sender.text);
  },

  async from(page, sender) {
    this.sender = sender;
    await page.remember("return sender", sender);
  },

  async grade(page, grade) {
    const { barcode, sku, units } = this.held;
    const scan = newId();
    const body = { scan, warehouse: page.warehouse, ...this.sender?.fields, lines: [{ barcode, quantity: units, grade: grade.code }] };
    const outcome = await page.submit({
      title: `${sku} × ${units}`, sub: [named(page, grade), this.sender?.text].filter(Boolean).join(" · "),
      request: { id: scan, path: "/returns/receive", body, isOnce: true },
    });
    if (outcome.state !== "refused") this.held = null;
    if (!page.tell(outcome)) return;
    const [line] = outcome.answer.lines;
    const where = line.place.split("/").slice(2).join("/");
    page.right(page.say("return.outcomes")[line.outcome || "decide"], page.say("areas")[where] ?? where);
  },

  async type(page) {
    const units = await page.screen.number(page.say("how_many"));
    if (units) this.held.units = units;
  },

  undo(page, item) {
    const lines = item.answer?.lines ?? [];
    if (lines.length !== 1 || lines[0].outcome) return null;
    return (id) => ({ request: { path: `/returns/lines/${lines[0].id}/undo`, isOnce: true, body: { scan: id } } });
  },
};

/** What a grade is called; a code such as A is said too, one that is a word is not said twice. */
function named(page, { code, name }) {
  const known = page.say("return.grades")[name];
  return known && code.length > 2 ? known : `${code} · ${known ?? name}`;
}
