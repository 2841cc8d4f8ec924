// At a site: pieces come in, are inspected, released and put into containers. What is known here
// answers at once, also without a network; nothing is said to be right for a container that was not
// released, as far as the desk has told.

import { newId } from "./queue.js";

const STEPS = {
  arrived: { begins: ["ordered"], ends: "loose_in_site" },
  inspecting: { begins: ["selected"], ends: "inspecting" },
  passed: { begins: ["inspecting"], ends: "passed" },
  failed: { begins: ["inspecting"], ends: "failed" },
  released: { begins: ["passed", "not_selected"], ends: "released" },
  consolidated: { begins: ["released"], ends: "consolidated" },
};
const REASONS = ["goods", "quantity", "papers", "other"];
const DISPOSITIONS = ["hold", "return", "seize"];

export default {
  name: "site",
  pieces: [], // { mark, state, location, turn }, in the order of loading where a plan has them
  containers: [], // { number, pieces }
  step: "arrived",
  container: "",
  reason: "goods",
  disposition: "hold",

  async open(page) {
    Object.assign(this, await page.taken("site", () => page.load("site")));
    const before = await page.recall("site step");
    if (before) Object.assign(this, before);
    if (!this.containers.some((each) => each.number === this.container)) this.container = "";
  },

  view(page) {
    const say = (name, given) => page.say(`site.${name}`, given);
    const toggle = (kind, code) => ({
      text: say(`${kind}s.${code}`), kind: "toggle", pressed: this[kind] === code, press: page.press(() => this.choose(page, { [kind]: code })),
    });
    const { begins } = STEPS[this.step];
    const waiting = this.pieces.filter((each) => begins.includes(each.state));
    const isLoading = this.step === "consolidated";
    return {
      ask: isLoading && !this.container ? say("scan_container") : say("scan"),
      big: isLoading ? this.container || "?" : say(`steps.${this.step}`),
      lines: [
        { text: say("waiting", { count: waiting.length }) },
        ...(isLoading && waiting[0]?.turn ? [{ text: say("next", { mark: waiting[0].mark, turn: waiting[0].turn }) }] : []),
      ],
      listed: isLoading && !this.container ? say("containers") : waiting.length ? say("these") : "",
      list: isLoading && !this.container
        ? this.containers.map((each) => ({ left: each.number, right: each.pieces, press: page.press(() => this.choose(page, { container: each.number })) }))
        : waiting.slice(0, 30).map((each) => ({ left: each.mark, sub: each.location, right: isLoading ? each.turn : "" })),
      actions: [
        ...Object.keys(STEPS).map((code) => toggle("step", code)),
        ...(this.step === "failed" ? [...REASONS.map((code) => toggle("reason", code)), ...DISPOSITIONS.map((code) => toggle("disposition", code))] : []),
        isLoading && this.container && { text: say("other_container"), press: page.press(() => this.choose(page, { container: "" })) },
      ],
    };
  },

  async choose(page, chosen) {
    Object.assign(this, chosen);
    const { step, container, reason, disposition } = this;
    await page.remember("site step", { step, container, reason, disposition });
  },

  async scanned(page, code) {
    const box = this.containers.find((each) => each.number === code.text);
    if (this.step === "consolidated" && box) {
      await this.choose(page, { container: box.number });
      return page.right(page.say("site.into"), box.number);
    }
    if (this.step === "consolidated" && !this.container) return page.wrong(page.say("site.scan_container"), code.text);
    const piece = this.pieces.find((each) => each.mark === code.text);
    const { begins, ends } = STEPS[this.step];
    if (piece?.state === ends) return page.attention(page.say("site.twice"), piece.mark);
    const isRight = Boolean(piece) && begins.includes(piece.state);
    // Nobody is there to say that it may be loaded after all.
    if (!isRight && this.step === "consolidated" && page.queue.state !== "online") return page.wrong(page.say("site.not_known_released"), code.text);
    return this.send(page, code.text, piece, isRight);
  },

  async send(page, mark, piece, isRight) {
    const { step } = this;
    const line = { number: newId(), mark, event: step, site: page.warehouse, at: new Date().toISOString() };
    if (step === "consolidated") line.container = this.container;
    if (step === "failed") Object.assign(line, { reason: page.say(`site.reasons.${this.reason}`), disposition: this.disposition });
    const title = `${mark} · ${page.say(`site.steps.${step}`)}`;
    const outcome = await page.submit({ title, sub: line.container ?? "", bulk: { kind: "site", of: "", line }, context: { mark, step } }, isRight);
    if (outcome.state !== "refused") await this.went(page, mark, STEPS[step].ends, piece);
    if (isRight) return page.right(page.say(`site.steps.${step}`), line.container ? `${mark} → ${line.container}` : mark);
    if (page.tell(outcome)) page.right(page.say(`site.steps.${step}`), mark);
    return undefined;
  },

  async went(page, mark, state, piece) {
    if (piece) piece.state = state;
    else this.pieces.push({ mark, state, location: "" });
    await this.keep(page);
  },

  async keep(page) {
    await page.remember("site", { pieces: this.pieces, containers: this.containers });
  },

  undo(page, item) {
    const { mark, step } = item.context;
    if (step !== "consolidated") return null;
    return (id) => ({ bulk: { kind: "site", of: "", line: { number: id, mark, event: "taken_out", site: page.warehouse, at: new Date().toISOString() } } });
  },

  async undone(page, item) {
    const piece = this.pieces.find((each) => each.mark === item.context.mark);
    if (piece) piece.state = item.context.step === "consolidated" ? "released" : STEPS[item.context.step].begins[0];
    await this.keep(page);
  },

  async refused(page) {
    if (page.queue.state === "online") await this.open(page);
  },
};
