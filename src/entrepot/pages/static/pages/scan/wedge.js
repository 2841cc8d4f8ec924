// A scanner types what it reads, faster than a person, and ends with Enter or Tab. Wherever the
// focus is, what it types goes to the field for codes and nowhere else.

const FAST = 45; // milliseconds between two keys of a scanner, at most
const LONG = 4; // characters of the shortest code that is told from a number typed by hand
const SETTINGS = "entrepot-scanner";

export function settings() {
  try {
    return { prefix: "", suffix: "", fnc1: "", ...JSON.parse(localStorage.getItem(SETTINGS) ?? "{}") };
  } catch {
    return { prefix: "", suffix: "", fnc1: "" };
  }
}

export const setSettings = (given) => localStorage.setItem(SETTINGS, JSON.stringify(given));

/** A code as it is on the label: without what this scanner adds, and with FNC1 as it is. */
export function cleaned(text, { prefix, suffix, fnc1 } = settings()) {
  let code = text;
  if (prefix && code.startsWith(prefix)) code = code.slice(prefix.length);
  if (suffix && code.endsWith(suffix)) code = code.slice(0, -suffix.length);
  if (fnc1) code = code.replaceAll(fnc1, "\x1d");
  // eslint-disable-next-line no-control-regex
  return code.replace(/[\x00-\x1c\x1e\x1f\x7f]/g, "").trim();
}

const isGroupSeparator = (event) =>
  event.key === "\x1d" || event.keyCode === 29 || (event.ctrlKey && (event.code === "BracketRight" || event.key === "]"));

/**
 * Listen to the scanner.
 *
 * @param {HTMLInputElement} sink the field that codes are typed into
 * @param {(code: string, at: number) => void} take what to do with a code, and when its end was typed
 */
export function listen(sink, take) {
  let burst = null; // what is being typed into another field: { text, at, first, field, before }

  function ended(event) {
    const text = burst?.field ? burst.text : sink.value;
    const code = cleaned(text);
    if (!code) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (burst?.field) burst.field.value = burst.before;
    burst = null;
    sink.value = "";
    take(code, event.timeStamp);
  }

  function typed(event, character) {
    const field = event.target !== sink && event.target.matches?.("input, textarea, select") ? event.target : null;
    if (!field) {
      burst = null;
      if (document.activeElement !== sink) sink.focus({ preventScroll: true });
      if (character === "\x1d" || event.key === " ") {
        event.preventDefault();
        sink.value += character;
      }
      return;
    }
    const isFast = burst?.field === field && event.timeStamp - burst.at < FAST;
    burst = isFast
      ? { ...burst, text: burst.text + character, at: event.timeStamp }
      : { text: character, at: event.timeStamp, field, before: field.value };
    if (character === "\x1d") event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    // A question that is open takes what is typed, and tells a scan from a number itself.
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" || event.key === "Tab") {
      const isBurst = burst?.field && burst.text.length >= LONG && event.timeStamp - burst.at < FAST;
      if (isBurst || (!(burst?.field && burst.field === event.target) && sink.value !== "")) {
        if (!isBurst) burst = null;
        ended(event);
      }
      return;
    }
    if (isGroupSeparator(event)) typed(event, "\x1d");
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) typed(event, event.key);
  }, true);
}
