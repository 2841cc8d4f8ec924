// What a scanned text is: a GTIN, an SSCC, an element string of GS1, or a code of ours. The server
// reads it in the same way and has the last word; here it is read to answer at once.

export const FNC1 = "\x1d";
const MARK = /^\][A-Za-z][0-9A-Za-z]/;
const GS1_MARKS = ["]C1", "]e0", "]d2", "]Q3"];
const BEGINS = /^(?:00\d{18}|0[12]\d{14})/;
// Elements whose length is known without FNC1, by how they begin.
const FIXED = { "00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "20": 4, "41": 16 };
for (let at = 11; at <= 19; at += 1) FIXED[at] = 8;
for (let at = 31; at <= 36; at += 1) FIXED[at] = 10;

function aiLength(text) {
  if (/^(?:23|24|25|4|71)/.test(text)) return 3;
  if (/^(?:3[1-69]|7[0-24-9]|8)/.test(text)) return 4;
  return 2;
}

function checks(digits) {
  let sum = 0;
  for (let at = digits.length - 2, weight = 3; at >= 0; at -= 1, weight = 4 - weight) sum += Number(digits[at]) * weight;
  return (10 - (sum % 10)) % 10 === Number(digits.at(-1));
}

/** A GTIN of 8, 12, 13 or 14 digits as 14 digits; empty where it is none. */
export function gtin14(text) {
  return /^(?:\d{8}|\d{12,14})$/.test(text) && checks(text) ? text.padStart(14, "0") : "";
}

function sscc(text) {
  const bare = text.startsWith("00") && text.length === 20 ? text.slice(2) : text.replace(/^\(00\)/, "");
  return /^\d{18}$/.test(bare) && checks(bare) ? bare : "";
}

/** The elements of an element string by their identifiers; null where it is none. */
export function elements(text) {
  const found = {};
  let rest = text.startsWith("(") ? text.replace(/\((\d{2,4})\)/g, `${FNC1}$1`) : text;
  rest = rest.replace(/^\x1d+|\x1d+$/g, "");
  while (rest) {
    const ai = rest.slice(0, aiLength(rest));
    const fixed = FIXED[rest.slice(0, 2)];
    const stop = rest.indexOf(FNC1);
    const end = fixed ?? (stop < 0 ? rest.length : stop);
    if (!/^\d+$/.test(ai) || rest.length < end || end <= ai.length) return null;
    const value = rest.slice(ai.length, end);
    if (value.includes(FNC1)) return null;
    found[ai] = value;
    rest = rest.slice(end).replace(/^\x1d+/, "");
  }
  return found;
}

/** What a text is: `text` without the scanner's marks, and what it says. */
export function read(given) {
  const all = given.slice(0, 200).replace(/^[ \r\n\t]+|[ \r\n\t]+$/g, "");
  const marked = GS1_MARKS.some((mark) => all.startsWith(mark));
  const plain = MARK.test(all) ? all.slice(3) : all;
  const text = plain.replace(/^\x1d+|\x1d+$/g, "");
  const code = { raw: all, text, gtin: gtin14(text), sscc: "", count: null, batch: "" };
  if (code.gtin) return code;
  if (!marked && sscc(text)) return { ...code, sscc: sscc(text) };
  if (marked || plain.includes(FNC1) || plain.startsWith("(") || BEGINS.test(plain)) {
    const its = elements(plain);
    if (its) {
      code.gtin = gtin14(its["01"] ?? its["02"] ?? "");
      code.sscc = its["00"] ?? "";
      code.batch = its["10"] ?? "";
      const count = its["37"] ?? its["30"];
      code.count = count === undefined ? null : Number(count);
    }
  }
  return code;
}

/** Whether a code means a product: its SKU, or its GTIN in whatever length. */
export function means(code, product) {
  if (code.text === product.sku) return true;
  return code.gtin !== "" && product.gtin ? gtin14(product.gtin) === code.gtin : false;
}
