// Hand parcels over: each is scanned, then all of them leave together. Until then each may be taken
// off again.

export default {
  name: "ship",
  parcels: [],
  scans: [], // ids, the latest first

  async open(page) {
    this.parcels = (await page.taken("ship", () => page.load("ship"))).parcels;
    const here = new Set(this.parcels.map((each) => each.id));
    this.scans = ((await page.recall("ship scans")) ?? []).filter((id) => here.has(id));
  },

  view(page) {
    const say = (name, given) => page.say(`ship.${name}`, given);
    if (!this.parcels.length) return { ask: say("none"), big: "★", actions: [{ text: page.say("again"), press: page.press(() => this.open(page)) }] };
    const all = this.parcels.length;
    return {
      ask: say("scan"), big: this.scans.length, lines: [{ text: say("of", { count: all }) }], progress: { done: this.scans.length, all }, listed: say("scanned"),
      list: this.scans.slice(0, 50).map((id) => {
        const its = this.parcels.find((each) => each.id === id);
        return { left: its.number, sub: its.order_number, right: "✕ ", press: page.press(() => this.off(page, id)) };
      }),
      actions: [this.scans.length > 0 && { text: say("hand_over", { count: this.scans.length }), kind: "main", press: page.press(() => this.leave(page)) }],
    };
  },

  async scanned(page, code) {
    const wanted = code.sscc || code.text;
    const its = this.parcels.find((each) => each.number === wanted || (each.tracking && each.tracking === code.text));
    if (!its) return this.refuse(page, code);
    if (this.scans.includes(its.id)) return page.attention(page.say("ship.twice"), its.number);
    this.scans.unshift(its.id);
    await page.remember("ship scans", this.scans);
    return page.right(page.say("kinds.parcel"), `${its.number} · ${its.order_number}`);
  },

  async refuse(page, code) {
    page.wrong(page.say("ship.not_packed"), code.text);
    const { found } = await page.find(code);
    const its = found.find((each) => each.kind === "parcel");
    if (its?.state === "shipped") page.screen.answer("wrong", page.say("ship.has_left"), its.code);
    else if (!its) page.screen.answer("wrong", page.say("ship.no_parcel"), code.text);
  },

  async off(page, id) {
    this.scans = this.scans.filter((each) => each !== id);
    await page.remember("ship scans", this.scans);
    page.attention(page.say("ship.off"), this.parcels.find((each) => each.id === id)?.number);
  },

  async leave(page) {
    const ids = [...this.scans].reverse();
    const outcome = await page.submit({ title: page.say("ship.title", { count: ids.length }), request: { path: "/parcels/ship", body: { parcels: ids }, isOnce: true } });
    if (outcome.state === "refused") return page.tell(outcome);
    this.parcels = this.parcels.filter((each) => !ids.includes(each.id));
    this.scans = [];
    await page.remember("ship scans", []);
    await page.remember("ship", { parcels: this.parcels });
    return outcome.state === "kept" ? page.tell(outcome) : page.done(page.say("ship.gone"), page.say("ship.title", { count: ids.length }));
  },

  async refused(page) {
    if (page.queue.state === "online") await this.open(page);
  },
};
