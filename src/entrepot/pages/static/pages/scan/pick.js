// Pick a wave or an order along the bins: the next bin, then what to take there.

import { means } from "./codes.js";
import { newId } from "./queue.js";

export default {
  name: "pick",
  walk: null, // { number, stops: [{ bin, sku, name, gtin, all, left, allocations }] }
  at: null, // the bin one stands at
  later: [], // bins that come last
  short: null, // { stop, found }: what is not all there
  isStale: false,

  async open(page) {
    const { of = "wave", target } = page.query;
    if (!target) {
      this.choices = (await page.taken("choices pick", () => page.load("pick"))).choices;
      return;
    }
    const before = await page.recall(`pick ${target}`);
    this.walk = await page.taken(`pick ${target}`, async () => ({
      ...grouped(await page.api.call("GET", `/floor/walk?${new URLSearchParams({ of, target, warehouse: page.warehouse })}`)),
      of, target, number: page.query.number ?? "",
    }));
    this.at = before?.at ?? null;
    this.later = before?.later ?? [];
    if (!this.here().length) this.at = null;
  },

  view(page) {
    if (!this.walk) return choosing(page, this.choices ?? [], "pick");
    const say = (name, given) => page.say(`pick.${name}`, given);
    const all = sum(this.walk.stops, "all");
    const progress = { done: all - sum(this.walk.stops, "left"), all };
    if (this.short) return shortOf(this, page, progress);
    const next = this.next();
    if (!next) {
      return { ask: say("all_done"), big: "★", lines: [{ text: say("all_done_text") }], progress, actions: [
        { text: page.say("flows.pack"), kind: "main", press: () => location.assign(`../pack/${this.walk.of === "order" ? `?order=${this.walk.target}` : `?wave=${this.walk.target}`}`) },
        { text: say("another"), press: () => location.assign("./") },
      ] };
    }
    const inBin = this.here();
    if (!inBin.length) {
      const there = this.walk.stops.filter((each) => each.bin === next.bin && each.left);
      return {
        ask: say("go_to"), big: next.bin || page.say("no_bin"), progress, listed: say("there"),
        list: there.map((each) => ({ left: each.sku, sub: each.name, right: each.left })),
        actions: [{ text: say("later"), press: page.press(() => this.putOff(page, next.bin)) }],
      };
    }
    const [stop, ...others] = inBin;
    return {
      ask: say("take", { bin: this.at || page.say("no_bin") }), big: stop.sku, amount: { n: stop.left, of: say("to_pick") },
      lines: [{ text: stop.name, kind: "title" }], progress, listed: say("also"),
      list: others.map((each) => ({ left: each.sku, sub: each.name, right: each.left })),
      actions: [
        { text: page.say("type_quantity"), kind: "main", press: page.press(() => this.type(page, stop)) },
        { text: say("not_there"), kind: "danger", press: page.press(() => this.miss(page, stop)) },
        { text: say("later"), press: page.press(() => this.putOff(page, this.at)) },
      ],
    };
  },

  here() {
    return this.walk.stops.filter((each) => each.bin === this.at && each.left > 0);
  },

  /** The next stop: along the walk, what was put off last. */
  next() {
    const left = this.walk.stops.filter((each) => each.left > 0);
    return left.find((each) => !this.later.includes(each.bin)) ?? left[0];
  },

  async scanned(page, code) {
    if (!this.walk) return this.chosen(page, code);
    if (this.short) return page.attention(page.say("pick.say_why"));
    const bins = this.walk.stops.filter((each) => each.bin === code.text);
    if (bins.length) return this.into(page, code.text, sum(bins, "left"));
    const stops = this.here();
    if (!stops.length) {
      const next = this.next();
      if (!next) return page.attention(page.say("pick.all_done"));
      if (this.walk.stops.some((each) => means(code, each))) return page.wrong(page.say("pick.bin_first"), next.bin);
      return page.wrong(page.say("refusals.wrong_bin"), page.say("expected", { what: next.bin }));
    }
    const stop = stops.find((each) => means(code, each));
    if (!stop) return this.refuse(page, code, stops);
    const units = page.units(code);
    if (units > stop.left) return page.wrong(page.say("refusals.too_many"), page.say("pick.only", { count: stop.left }));
    return this.take(page, stop, units);
  },

  async into(page, bin, left) {
    if (!left) return page.attention(page.say("pick.empty_bin"), bin);
    const isNext = this.next().bin === bin;
    this.at = bin;
    await this.keep(page);
    if (isNext) page.right(page.say("pick.in_bin"), bin);
    else page.attention(page.say("pick.other_bin"), bin);
  },

  async refuse(page, code, stops) {
    const expected = page.say("expected", { what: stops.map((each) => each.sku).join(", ") });
    if (this.walk.stops.some((each) => each.bin === this.at && means(code, each))) {
      return page.wrong(page.say("refusals.too_many"), page.say("pick.only", { count: 0 }));
    }
    page.wrong(page.say("refusals.wrong_sku"), expected);
    if (!this.walk.stops.some((each) => means(code, each))) page.refine(code, expected);
  },

  async take(page, stop, units) {
    const line = { scan: newId(), of: this.walk.of, target: this.walk.target, bin: stop.bin, barcode: stop.sku, quantity: units };
    takeFrom(stop, units);
    await page.submit({
      title: `${stop.sku} × ${units}`, sub: stop.bin,
      bulk: { kind: "pick", of: page.warehouse, line }, context: { units },
    }, true);
    const isDone = !this.next();
    if (!this.here().length) this.at = null;
    await this.keep(page);
    if (isDone) page.done(page.say("pick.all_done"));
    else page.right(page.say("pick.taken", { count: units }), stop.left ? page.say("pick.left", { count: stop.left }) : page.say("pick.sku_done"));
  },

  async type(page, stop) {
    const units = await page.screen.number(page.say("pick.how_many", { sku: stop.sku }), { most: stop.left });
    if (units) await this.take(page, stop, units);
  },

  async miss(page, stop) {
    const found = await page.screen.number(page.say("pick.how_many_there", { sku: stop.sku }), { most: stop.left });
    if (found === null) return;
    if (found >= stop.left) page.attention(page.say("pick.all_there"));
    else this.short = { stop, found };
  },

  /** Some are not to be had: what is missing is looked for and counted, what is damaged put apart. */
  async lack(page, why) {
    const { stop, found } = this.short;
    this.short = null;
    if (found) await this.take(page, stop, found);
    const missing = stop.left;
    const title = `${stop.sku} − ${missing}`;
    if (why === "damaged") {
      const scan = newId();
      const body = { scan, warehouse: page.warehouse, lines: [{ barcode: stop.sku, quantity: missing, source: stop.bin, target: "@damaged" }] };
      await page.submit({ title, sub: page.say("pick.damaged"), request: { id: scan, path: "/floor/moves", body, isOnce: true }, context: { isShort: true } }, true);
    } else {
      for (const each of stop.allocations.filter((its) => its.left)) {
        const scan = newId();
        const body = { scan, allocation: each.id, found: 0 };
        await page.submit({ title, sub: page.say("pick.missing"), request: { id: scan, path: "/floor/shorts", body, isOnce: true }, context: { isShort: true } }, true);
      }
    }
    takeFrom(stop, missing);
    this.isStale = true;
    if (!this.here().length) this.at = null;
    await this.keep(page);
    page.attention(page.say("pick.short", { count: missing }), page.say("pick.short_text"));
    await page.queue.flush();
    await this.renew(page);
  },

  async putOff(page, bin) {
    this.later = [...this.later.filter((each) => each !== bin), bin];
    this.at = null;
    await this.keep(page);
  },

  keep(page) {
    return page.remember(`pick ${this.walk.target}`, { ...this.walk, at: this.at, later: this.later });
  },

  async chosen(page, code) {
    const { found } = await page.find(code);
    const its = found.find((each) => each.kind === "wave" || each.kind === "order");
    if (!its) return page.wrong(page.say("pick.no_wave"), code.text);
    page.right(page.say(`kinds.${its.kind}`), its.code);
    location.assign(`?${new URLSearchParams({ of: its.kind, target: its.id, number: its.code })}`);
  },

  undo(page, item) {
    if (!item.bulk) return null;
    return (id) => ({ request: { path: "/floor/unpicks", isOnce: true, body: { ...item.bulk.line, scan: id, warehouse: item.bulk.of } } });
  },

  async undone(page, item) {
    const { bin, barcode } = item.bulk?.line ?? {};
    const stop = this.walk?.stops.find((each) => each.bin === bin && each.sku === barcode);
    if (!stop) return;
    stop.left += item.context.units;
    this.at = bin;
    this.isStale = true;
    await this.keep(page);
    await this.renew(page);
  },

  refused(page) {
    this.isStale = true;
    return this.renew(page);
  },

  told(page) {
    return this.isStale ? this.renew(page) : null;
  },

  /** Ask for the walk again, once nothing of it is on its way. */
  async renew(page) {
    if (!this.walk || page.queue.state !== "online" || (await page.queue.contents()).kept.length) return;
    this.isStale = false;
    await this.open(page);
    page.draw();
  },
};

const sum = (rows, name) => rows.reduce((total, each) => total + each[name], 0);

/** The walk by bin and SKU; units that are picked count as done. */
function grouped({ stops }) {
  const found = new Map();
  for (const each of stops) {
    const key = JSON.stringify([each.bin, each.sku]);
    const stop = found.get(key) ?? { bin: each.bin, sku: each.sku, name: each.name ?? "", gtin: each.gtin ?? "", all: 0, left: 0, allocations: [] };
    stop.all += each.quantity;
    if (!each.is_picked) {
      stop.left += each.quantity;
      stop.allocations.push({ id: each.allocation, left: each.quantity });
    }
    found.set(key, stop);
  }
  return { stops: [...found.values()] };
}

/** Take units of a stop as the desk does: of its allocations in their order. */
function takeFrom(stop, units) {
  let wanted = units;
  stop.left -= units;
  for (const each of stop.allocations) {
    const part = Math.min(wanted, each.left);
    each.left -= part;
    wanted -= part;
  }
}

function shortOf(flow, page, progress) {
  const { stop, found } = flow.short;
  return {
    ask: page.say("pick.why"), big: stop.left - found, lines: [{ text: stop.sku, kind: "code" }, { text: stop.bin, kind: "code" }], progress,
    actions: [
      { text: page.say("pick.missing"), kind: "danger", press: page.press(() => flow.lack(page, "missing")) },
      { text: page.say("pick.damaged"), kind: "danger", press: page.press(() => flow.lack(page, "damaged")) },
      { text: page.say("cancel"), press: page.press(() => { flow.short = null; }) },
    ],
  };
}

/** What can be begun: a list to press, or a number to scan. */
export function choosing(page, choices, flow, more = []) {
  const target = { pick: "target", receive: "consignment", count: "count" }[flow];
  return {
    ask: page.say(`${flow}.choose`), lines: choices.length ? [] : [{ text: page.say(`${flow}.none`) }], listed: page.say("or_choose"),
    list: choices.map((each) => ({
      left: each.number, sub: each.about, right: page.say(`${flow}.units`, { count: each.units }),
      href: `?${new URLSearchParams({ [target]: each.id, number: each.number })}`,
    })),
    actions: more,
  };
}
