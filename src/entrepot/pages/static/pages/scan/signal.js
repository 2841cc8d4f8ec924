// What a person hears, feels and sees of an answer. Right is one short tone, wrong two low ones,
// attention three that rise and fall; each has a colour, a sign and a word besides.

const TONES = {
  right: [[1318, 0, 0.09, "sine"]],
  wrong: [[185, 0, 0.16, "square"], [147, 0.22, 0.26, "square"]],
  attention: [[659, 0, 0.09, "triangle"], [988, 0.12, 0.09, "triangle"], [659, 0.24, 0.12, "triangle"]],
  done: [[784, 0, 0.09, "sine"], [1047, 0.1, 0.09, "sine"], [1568, 0.2, 0.18, "sine"]],
};
const SHAKES = { right: 40, wrong: [160, 80, 160], attention: [60, 60, 60], done: [40, 40, 120] };
const VOLUME = { sine: 0.5, triangle: 0.6, square: 0.28 };
const MUTE = "entrepot-mute";
let context = null;

export const isMute = () => localStorage.getItem(MUTE) === "yes";
export const setMute = (yes) => localStorage.setItem(MUTE, yes ? "yes" : "no");

/** Get the loudspeaker ready: browsers let a page sound once somebody has pressed something. */
export function ready() {
  if (!window.AudioContext) return;
  context ??= new AudioContext({ latencyHint: "interactive" });
  if (context.state === "suspended") context.resume();
}

function sound(kind) {
  if (isMute()) return;
  ready();
  if (!context) return;
  const now = context.currentTime;
  for (const [pitch, after, length, form] of TONES[kind]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.type = form;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(VOLUME[form], now + after);
    volume.gain.exponentialRampToValueAtTime(0.001, now + after + length);
    tone.connect(volume).connect(context.destination);
    tone.start(now + after);
    tone.stop(now + after + length);
  }
}

let fading = 0;

/**
 * Sound, shake and colour an answer: `right`, `wrong`, `attention` or `done`.
 *
 * @param {number} at when the scan ended; whoever measures hears how long it took
 */
export function signal(kind, at = 0) {
  document.body.dataset.verdict = kind;
  sound(kind);
  try {
    navigator.vibrate?.(SHAKES[kind]);
  } catch {
    // A device that does not shake sounds and colours all the same.
  }
  clearTimeout(fading);
  // What is wrong stays until the next scan; what is right makes room for the next instruction.
  if (kind === "right") fading = setTimeout(() => { document.body.dataset.verdict = ""; }, 1200);
  if (at) document.dispatchEvent(new CustomEvent("scan:signalled", { detail: { kind, at, after: performance.now() - at } }));
}

export const calm = () => {
  clearTimeout(fading);
  document.body.dataset.verdict = "";
};
