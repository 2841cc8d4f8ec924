// What a flow shows: one instruction, one thing in the largest type, one answer; what was scanned
// last below it. Everything a person or a label brought is text here, never markup.

const SIGNS = { right: "✓", wrong: "✕", attention: "!", done: "★" };

/** An element with properties and children; texts among these stay texts. */
export function element(name, says = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(says)) {
    if (key === "class") made.className = value;
    else if (key === "press") made.addEventListener("click", value);
    else if (key.includes("-") || key === "role" || key === "for") made.setAttribute(key, value);
    else if (value !== undefined) made[key] = value;
  }
  made.append(...children.filter((each) => each !== null && each !== undefined && each !== ""));
  return made;
}

const $ = (id) => document.getElementById(id);

export class Screen {
  constructor(say) {
    this.say = say;
    this.sink = $("code");
  }

  /** Show a state: see the flows for what there is to it. */
  draw({ ask = "", big = "", lines = [], amount = null, progress = null, list = [], listed = "", actions = [] }) {
    $("ask").textContent = ask;
    const text = String(big);
    $("big").textContent = text;
    $("big").dataset.size = text.length <= 3 ? "xl" : text.length <= 8 ? "l" : text.length <= 14 ? "m" : "s";
    $("amount").replaceChildren(...(amount ? [element("b", {}, String(amount.n)), element("span", {}, amount.of)] : []));
    $("lines").replaceChildren(...lines.filter(Boolean).map((each) => element("p", { class: each.kind ?? "" }, each.text)));
    this.#progress(progress);
    $("listed").textContent = list.length ? listed : "";
    $("list").replaceChildren(...list.map((each) => this.#row(each)));
    $("actions").replaceChildren(...actions.filter(Boolean).map((each) =>
      element("button", { type: "button", class: each.kind ?? "", press: each.press, "aria-pressed": each.pressed === undefined ? "false" : String(each.pressed) }, each.text)));
    for (const button of $("actions").children) if (button.className !== "toggle") button.removeAttribute("aria-pressed");
  }

  #progress(progress) {
    const bar = $("progress");
    bar.hidden = !progress;
    if (!progress) return;
    bar.firstElementChild.max = Math.max(progress.all, 1);
    bar.firstElementChild.value = progress.done;
    bar.lastElementChild.textContent = `${progress.done} / ${progress.all}`;
  }

  #row({ left, right = "", sub = "", state = "", press, href }) {
    const inner = [element("span", { class: "left" }, left, sub && element("small", {}, sub)), right === "" ? "" : element("span", { class: "right" }, String(right))];
    const body = href ? element("a", { href }, ...inner) : press ? element("button", { type: "button", press }, ...inner) : element("div", {}, ...inner);
    const row = element("li", {}, body);
    row.dataset.state = state;
    return row;
  }

  /** Say an answer: its sign, its word, and what more there is to say. */
  answer(kind, word, text = "") {
    $("sign").textContent = SIGNS[kind] ?? "";
    $("word").textContent = word;
    $("told").textContent = text;
    $("answer").dataset.kind = kind;
  }

  /** Show the last scans, each with its way back. */
  last(items, { undo, undoable }) {
    const words = this.say("states");
    $("last").replaceChildren(...items.map((each) => {
      const state = element("span", { class: "mark" }, words[each.state] ?? each.state);
      const button = undoable(each) ? element("button", { type: "button", class: "quiet", press: () => undo(each) }, this.say("undo")) : "";
      const row = element("li", {}, element("span", { class: "left" }, element("b", {}, each.title), each.sub && element("small", {}, each.sub)), state, button);
      row.dataset.state = each.state;
      return row;
    }));
    $("recent").hidden = items.length === 0;
  }

  /** Show what was refused after somebody had been told that it was right, until it is settled. */
  unsettled(items, settle) {
    $("unsettled").hidden = items.length === 0;
    $("refused").replaceChildren(...items.map((each) => element("li", {},
      element("span", { class: "left" }, element("b", {}, each.title), element("small", {}, [each.why?.found, each.why?.remedy].filter(Boolean).join(" "))),
      element("button", { type: "button", class: "quiet", press: () => settle(each) }, this.say("settle")))));
  }

  /** Show whether scans go out, how many are kept, and what to do about it. */
  network(state, kept, others) {
    const chip = $("network");
    const show = () => {
      chip.dataset.state = state === "online" && kept ? "sending" : state;
      chip.textContent = kept ? this.say("kept", { count: kept }) : this.say(`network.${state}`);
    };
    clearTimeout(this.showing);
    // What is on its way for a moment only is not worth a look.
    if (state === "online" && kept) this.showing = setTimeout(show, 700);
    else show();
    const banner = $("banner");
    const told = state === "out" ? this.say("banner.out", { count: kept }) : state === "away" ? this.say("banner.away") : others ? this.say("banner.others", { count: others }) : "";
    banner.hidden = !told;
    banner.dataset.state = state;
    banner.replaceChildren(told, state === "out" ? element("a", { href: `${this.login}?next=${encodeURIComponent(location.pathname + location.search)}` }, this.say("sign_in")) : "");
  }

  /**
   * Ask for a short text, or one of those known.
   *
   * @returns {Promise<string|null>}
   */
  text(title, known = []) {
    return new Promise((resolve) => {
      const dialog = element("dialog", { class: "pad", "aria-label": title });
      const field = element("input", { maxLength: 40, autocomplete: "off", "aria-label": title });
      const close = (value) => { dialog.close(); dialog.remove(); this.sink.focus({ preventScroll: true }); resolve(value); };
      dialog.append(
        element("h2", {}, title), field,
        element("div", { class: "known" }, ...known.map((each) => element("button", { type: "button", class: "quiet", press: () => close(each) }, each))),
        element("button", { type: "button", class: "main", press: () => close(field.value.trim()) }, "OK"),
        element("button", { type: "button", class: "quiet", press: () => close(null) }, this.say("cancel")),
      );
      dialog.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && event.target === field) { event.preventDefault(); close(field.value.trim()); }
      });
      dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(null); });
      document.body.append(dialog);
      dialog.showModal();
      field.focus();
    });
  }

  /**
   * Ask for a number, with keys that gloves hit; Enter confirms, Escape leaves it.
   *
   * @returns {Promise<number|null>} or a code, as text, where somebody scanned instead
   */
  number(title, { most = 999999, unit = "" } = {}) {
    return new Promise((resolve) => {
      let digits = "";
      const shown = element("output", { class: "digits" }, "0");
      const dialog = element("dialog", { class: "pad", "aria-label": title });
      const show = () => { shown.textContent = (digits || "0") + (unit ? ` ${unit}` : ""); };
      const key = (digit) => { if (Number(digits + digit) <= most) digits = String(Number(digits + digit)); show(); };
      const close = (value) => { dialog.close(); dialog.remove(); this.sink.focus({ preventScroll: true }); resolve(value); };
      const enter = () => close(digits === "" ? null : Number(digits));
      const pad = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0", "OK"].map((each) =>
        element("button", {
          type: "button", class: each === "OK" ? "main" : "quiet", "aria-label": each === "⌫" ? this.say("delete") : each,
          press: () => (each === "OK" ? enter() : each === "⌫" ? (digits = digits.slice(0, -1), show()) : key(each)),
        }, each));
      dialog.append(element("h2", {}, title), shown, element("div", { class: "keys-pad" }, ...pad), element("button", { type: "button", class: "quiet", press: () => close(null) }, this.say("cancel")));
      let first = 0;
      dialog.addEventListener("keydown", (event) => {
        event.stopPropagation();
        if (/^\d$/.test(event.key)) { first ||= event.timeStamp; key(event.key); event.preventDefault(); }
        if (event.key === "Backspace") { digits = digits.slice(0, -1); show(); }
        if (event.key === "Enter") {
          event.preventDefault();
          // A scanner typed: that many digits at that speed are no number of units.
          if (digits.length >= 5 && event.timeStamp - first < digits.length * 45) close(null);
          else enter();
        }
      });
      dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(null); });
      document.body.append(dialog);
      dialog.showModal();
    });
  }
}
