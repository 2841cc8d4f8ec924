// Receive: against a consignment, or goods that nobody announced.

import { means } from "./codes.js";
import { choosing } from "./pick.js";
import { newId } from "./queue.js";

export default {
  name: "receive",
  asn: null, // { number, lines: [{ sku, name, gtin, quantity, open }] }; without lines where nobody announced any
  condition: "good",

  async open(page) {
    const { consignment, blind } = page.query;
    if (consignment) this.asn = await page.taken(`receive ${consignment}`, () => page.api.read(`consignment/${consignment}`));
    else if (blind) this.asn = { number: "", lines: [] };
    else this.choices = (await page.taken("choices receive", () => page.load("receive"))).choices;
  },

  view(page) {
    const say = (name, given) => page.say(`receive.${name}`, given);
    if (!this.asn) {
      return choosing(page, this.choices ?? [], "receive", [{ text: say("blind"), kind: "main", press: () => location.assign("?blind=1") }]);
    }
    const { number, lines } = this.asn;
    const all = lines.reduce((total, each) => total + each.quantity, 0);
    const open = lines.reduce((total, each) => total + Math.max(each.open, 0), 0);
    const toggle = (condition) => ({
      text: page.say(`receive.${condition}`), kind: "toggle", pressed: this.condition === condition, press: page.press(() => { this.condition = condition; }),
    });
    return {
      ask: number ? say("scan_of", { number }) : say("scan_blind"),
      big: page.times > 1 ? `× ${page.times}` : say(this.condition),
      progress: all ? { done: all - open, all } : null,
      listed: say("to_come"),
      list: lines.filter((each) => each.open > 0).slice(0, 30).map((each) => ({ left: each.sku, sub: each.name, right: each.open })),
      actions: [toggle("good"), toggle("damaged"), { text: page.say("type_times"), press: page.press(() => times(page)) }],
    };
  },

  async scanned(page, code) {
    if (!this.asn) return this.chosen(page, code);
    const line = this.asn.lines.find((each) => means(code, each));
    const units = page.times * (line && line.sku === code.text ? 1 : code.count ?? 1);
    const isExpected = Boolean(line) && units <= line.open;
    const scan = {
      number: newId(), barcode: code.raw, consignment: this.asn.number, warehouse: page.warehouse, quantity: page.times,
      condition: this.condition, at: new Date().toISOString(),
    };
    page.times = 1;
    const condition = this.condition === "damaged" ? page.say("receive.damaged") : "";
    const outcome = await page.submit({
      title: line ? `${line.sku} × ${units}` : `${code.text} × ${units}`, sub: condition,
      bulk: { kind: "receive", of: "", line: scan }, context: { sku: line?.sku ?? "", units },
    }, isExpected);
    if (line) line.open -= units;
    if (this.asn.id) await page.remember(`receive ${this.asn.id}`, this.asn);
    if (isExpected) {
      const isAll = this.asn.lines.every((each) => each.open <= 0);
      if (isAll) page.done(page.say("receive.all"));
      else page.right(page.say("receive.expected"), page.say("receive.open", { sku: line.sku, count: line.open }));
    } else this.say(page, outcome, code, line);
  },

  say(page, outcome, code, line) {
    if (outcome.state === "kept") {
      const word = !this.asn.number ? "kept_one" : line ? "receive.outcomes.over" : "receive.outcomes.not_expected";
      page.attention(page.say(word), page.say("kept_text"));
    } else if (page.tell(outcome)) {
      const { state, outcome: found, sku, quantity, over } = outcome.answer;
      if (state === "unknown") page.attention(page.say("receive.outcomes.unknown"), page.say("receive.ask_text", { code: code.text }));
      else if (found === "over") page.attention(page.say("receive.outcomes.over"), page.say("receive.over_text", { sku, count: over }));
      else if (found === "not_expected") page.attention(page.say("receive.outcomes.not_expected"), `${sku} × ${quantity}`);
      else page.right(page.say("receive.received"), `${sku} × ${quantity}`);
    }
  },

  async chosen(page, code) {
    const { found } = await page.find(code);
    const its = found.find((each) => each.kind === "consignment");
    if (!its) return page.wrong(page.say("receive.no_consignment"), code.text);
    page.right(page.say("kinds.consignment"), its.code);
    location.assign(`?${new URLSearchParams({ consignment: its.id })}`);
  },

  undo(page, item) {
    const its = item.answer;
    if (!its?.id || !["received", "unknown"].includes(its.state)) return null;
    const path = `/scans/${its.id}/${its.state === "unknown" ? "drop" : "undo"}`;
    return () => ({ request: { path, body: { note: page.say("receive.undone_note") } } });
  },

  async undone(page, item) {
    const line = this.asn?.lines.find((each) => each.sku === item.context.sku);
    if (line) line.open += item.context.units;
    if (this.asn?.id) await page.remember(`receive ${this.asn.id}`, this.asn);
  },
};

/** Ask how many units the next scan is of. */
export async function times(page) {
  page.times = (await page.screen.number(page.say("how_many"))) || 1;
}
