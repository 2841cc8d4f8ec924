// Pack an order: its items check off, carton and weight, then its parcel with a label.

import { means } from "./codes.js";

const CARTONS = "entrepot-cartons";
const cartons = () => JSON.parse(localStorage.getItem(CARTONS) ?? "[]");

export default {
  name: "pack",
  order: null, // { id, number, lines: [{ line_no, sku, name, gtin, picked, checked }], missing, carton, weight }
  parcel: null, // { id, number }
  wave: null, // orders of a wave: [{ number, channel, units }]

  async open(page) {
    const { order, wave, parcel } = page.query;
    if (order) await this.load(page, order);
    else if (wave) this.wave = ordersOf(await walk(page, "wave", wave));
    else if (parcel) {
      const its = await page.api.call("GET", `/parcels/${parcel}`);
      this.parcel = { id: its.id, number: its.number, hasLeft: its.state === "shipped" };
    }
  },

  async load(page, id) {
    const before = await page.recall(`pack ${id}`);
    const fresh = await page.taken(`pack ${id}`, async () => ({ id, ...linesOf(await walk(page, "order", id)) }));
    for (const line of fresh.lines) {
      line.checked = Math.min(before?.lines.find((each) => each.line_no === line.line_no)?.checked ?? 0, line.picked);
    }
    this.order = { carton: before?.carton ?? "", weight: before?.weight ?? null, ...fresh };
    this.parcel = null;
  },

  view(page) {
    const say = (name, given) => page.say(`pack.${name}`, given);
    if (this.parcel) return this.packed(page, say);
    if (this.wave) {
      return { ask: say("choose"), lines: this.wave.length ? [] : [{ text: say("none_picked") }], listed: page.say("or_choose"),
        list: this.wave.map((each) => ({ left: each.number, sub: each.channel, right: page.say("pick.units", { count: each.units }), press: page.press(() => this.pick(page, each)) })) };
    }
    if (!this.order) return { ask: say("scan_order"), lines: [{ text: say("scan_order_text") }] };
    const { number, lines, missing, carton, weight } = this.order;
    const all = lines.reduce((total, each) => total + each.picked, 0);
    const checked = lines.reduce((total, each) => total + each.checked, 0);
    if (!all) return { ask: say("nothing", { number }), big: "–", lines: [{ text: missing ? say("to_pick", { count: missing }) : "" }], actions: [{ text: say("another"), press: () => location.assign("./") }] };
    const isAll = checked === all;
    return {
      ask: isAll ? say("close_it", { number }) : say("scan_items", { number }), big: isAll ? "✓" : all - checked,
      lines: [!isAll && { text: say("to_check") }, missing > 0 && { text: say("to_pick", { count: missing }), kind: "warn" }, (carton || weight) && { text: [carton, weight && `${weight} g`].filter(Boolean).join(" · ") }],
      progress: { done: checked, all }, listed: say("content"),
      list: lines.map((each) => ({ left: each.sku, sub: each.name, right: `${each.checked} / ${each.picked}`, state: each.checked === each.picked ? "done" : "" })),
      actions: [
        checked > 0 && { text: isAll ? say("close") : say("close_part", { count: checked }), kind: isAll ? "main" : "", press: page.press(() => this.close(page)) },
        { text: say("carton"), press: page.press(() => this.askCarton(page)) },
        { text: say("weight"), press: page.press(() => this.weigh(page)) },
        checked > 0 && { text: say("uncheck"), press: page.press(() => this.uncheck(page)) },
      ],
    };
  },

  packed(page, say) {
    const { id, number, hasLeft } = this.parcel;
    const label = page.given.scopes.includes("orders.personal") && id;
    return {
      ask: hasLeft ? say("left") : say("parcel"), big: number || say("kept"), lines: [!number && { text: page.say("kept_text") }],
      actions: [
        label && { text: say("label"), kind: "main", press: () => window.open(`${page.given.addresses.api}/parcels/${id}/label?language=${page.given.language}`, "_blank", "noopener") },
        id && !hasLeft && { text: page.say("flows.ship"), press: () => location.assign("../ship/") },
        { text: say("another"), press: () => location.assign("./") },
      ],
    };
  },

  async scanned(page, code) {
    if (!this.order || this.parcel) return this.chosen(page, code);
    const its = this.order.lines.filter((each) => means(code, each));
    const line = its.find((each) => each.checked < each.picked) ?? its[0];
    const expected = page.say("expected", { what: this.order.lines.filter((each) => each.checked < each.picked).map((each) => each.sku).join(", ") || "–" });
    if (!line) {
      page.wrong(page.say("pack.not_of_it"), expected);
      return page.refine(code, expected);
    }
    const units = page.units(code);
    if (line.checked + units > line.picked) return page.wrong(page.say("refusals.too_many"), page.say("pack.only", { count: line.picked }));
    line.checked += units;
    this.order.before = { line_no: line.line_no, units };
    await this.keep(page);
    if (this.order.lines.every((each) => each.checked === each.picked)) page.done(page.say("pack.all"));
    else page.right(`${line.sku} ${line.checked} / ${line.picked}`, line.name);
  },

  async chosen(page, code) {
    const { found } = await page.find(code);
    const its = found.find((each) => each.kind === "order") ?? found.find((each) => each.kind === "parcel" || each.kind === "wave");
    if (!its) return page.wrong(page.say("pack.no_order"), code.text);
    page.right(page.say(`kinds.${its.kind}`), its.code);
    location.assign(`?${its.kind}=${its.id}`);
  },

  async pick(page, { number, channel }) {
    const { found } = await page.find({ raw: number });
    const its = found.find((each) => each.kind === "order" && each.extra === channel);
    if (its) location.assign(`?order=${its.id}`);
  },

  async askCarton(page) {
    const carton = await page.screen.text(page.say("pack.carton"), cartons());
    if (carton === null) return;
    this.order.carton = carton;
    localStorage.setItem(CARTONS, JSON.stringify([carton, ...cartons().filter((each) => each !== carton)].filter(Boolean).slice(0, 6)));
    await this.keep(page);
  },

  async weigh(page) {
    const weight = await page.screen.number(page.say("pack.weight"), { unit: "g", most: 1000000 });
    if (weight) this.order.weight = weight;
    await this.keep(page);
  },

  async uncheck(page) {
    const { line_no, units } = this.order.before ?? {};
    const line = this.order.lines.find((each) => each.line_no === line_no) ?? this.order.lines.find((each) => each.checked);
    line.checked = Math.max(0, line.checked - (units ?? 1));
    this.order.before = null;
    await this.keep(page);
  },

  async close(page) {
    const { id, number, lines, carton, weight } = this.order;
    const isAll = lines.every((each) => each.checked === each.picked);
    const body = { order: id, carton, ...(weight ? { weight_g: weight } : {}) };
    if (!isAll) body.lines = lines.filter((each) => each.checked).map((each) => ({ line_no: each.line_no, units: each.checked }));
    const outcome = await page.submit({ title: number, sub: carton, request: { path: "/parcels", body }, context: { order: id } });
    if (outcome.state === "refused") return page.tell(outcome);
    await page.forget(`pack ${id}`);
    if (outcome.state === "kept") {
      this.parcel = { id: null, number: "" };
      return page.tell(outcome);
    }
    const mine = outcome.answer.find((each) => each.warehouse.endsWith(`/${page.warehouse}`)) ?? outcome.answer[0];
    this.parcel = { id: mine.id, number: mine.number };
    return page.done(page.say("pack.packed"), mine.number);
  },

  undo(page, item) {
    const [its] = item.answer ?? [];
    return its ? () => ({ request: { path: `/parcels/${its.id}/unpack` } }) : null;
  },

  async undone(page, item) {
    this.parcel = null;
    if (item.context.order) await this.load(page, item.context.order).catch(() => { this.order = null; });
  },

  keep(page) {
    return page.remember(`pack ${this.order.id}`, this.order);
  },
};

const walk = (page, of, target) => page.api.call("GET", `/floor/walk?${new URLSearchParams({ of, target, warehouse: page.warehouse })}`);

/** What is picked of an order, by its lines; and how much is not. */
function linesOf({ stops }) {
  const lines = new Map();
  let missing = 0;
  for (const each of stops) {
    if (!each.is_picked) {
      missing += each.quantity;
      continue;
    }
    const line = lines.get(each.line_no) ?? { line_no: each.line_no, sku: each.sku, name: each.name ?? "", gtin: each.gtin ?? "", picked: 0, checked: 0 };
    line.picked += each.quantity;
    lines.set(each.line_no, line);
  }
  return { number: stops[0]?.order_number ?? "", lines: [...lines.values()], missing };
}

/** The orders of a wave of which something is picked and in no parcel. */
function ordersOf({ stops }) {
  const orders = new Map();
  for (const each of stops.filter((its) => its.is_picked)) {
    const key = JSON.stringify([each.channel, each.order_number]);
    const order = orders.get(key) ?? { number: each.order_number, channel: each.channel, units: 0 };
    order.units += each.quantity;
    orders.set(key, order);
  }
  return [...orders.values()];
}
