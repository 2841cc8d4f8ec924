// Look up: what a barcode is, what lies in a bin.

export default {
  name: "look",
  shown: null,

  async open(page) {
    if (page.query.code) await this.look(page, page.query.code);
  },

  view(page) {
    const say = (name, given) => page.say(`look.${name}`, given);
    if (!this.shown) return { ask: say("scan"), big: "?" };
    const { products, found, code } = this.shown;
    const [product] = products;
    if (product) {
      return {
        ask: say("product"), big: product.sku, lines: [{ text: product.name, kind: "title" }, product.gtin && { text: product.gtin, kind: "code" }, products.length > 1 && { text: say("several", { what: products.map((each) => each.sku).join(", ") }), kind: "warn" }],
        listed: product.lies.length ? say("lies") : "", list: product.lies.length ? product.lies.map((each) => this.row(page, this.part(page, each.place), each)) : [{ left: say("nowhere") }],
      };
    }
    const [its] = found;
    if (!its) return { ask: say("unknown"), big: code };
    if (its.kind === "bin") {
      return {
        ask: say("bin"), big: page.say("areas")[its.code] ?? its.code, lines: its.content.length ? [] : [{ text: say("empty") }], listed: say("here"),
        list: its.content.map((each) => this.row(page, each.sku, each, each.name ?? "")),
      };
    }
    return {
      ask: page.say(`kinds.${its.kind}`), big: its.code, lines: [{ text: page.say("of_state")[its.state] ?? its.state }],
      actions: [ways(its) && { text: page.say(`flows.${ways(its)[0]}`), kind: "main", press: () => location.assign(`../${ways(its)[0]}/?${ways(its)[1]}`) }],
    };
  },

  row(page, left, each, sub = "") {
    const reserved = each.reserved ? page.say("look.reserved", { count: each.reserved }) : "";
    return { left, sub: [sub, reserved].filter(Boolean).join(" · "), right: each.quantity };
  },

  part(page, place) {
    const bin = place.split("/").slice(2).join("/");
    return page.say("areas")[bin] ?? (bin || page.say("no_bin"));
  },

  async scanned(page, code) {
    await this.look(page, code.raw);
    const { products, found } = this.shown;
    if (products.length || found.length) page.right(products.length ? products[0].sku : page.say(`kinds.${found[0].kind}`), products.length ? products[0].name : found[0].code);
    else page.wrong(page.say("refusals.unknown_barcode"), code.text);
  },

  async look(page, text) {
    this.shown = await page.find({ raw: text });
  },
};

/** The flow that something found belongs to, and its address there. */
export function ways({ kind, id, code, state }) {
  if (kind === "wave" && state === "open") return ["pick", new URLSearchParams({ of: "wave", target: id, number: code })];
  if (kind === "wave") return ["pack", new URLSearchParams({ wave: id })];
  if (kind === "order") return ["pack", new URLSearchParams({ order: id })];
  if (kind === "parcel") return ["pack", new URLSearchParams({ parcel: id })];
  if (kind === "consignment") return ["receive", new URLSearchParams({ consignment: id })];
  if (kind === "count") return ["count", new URLSearchParams({ count: id })];
  if (kind === "return") return ["return", ""];
  return null;
}
