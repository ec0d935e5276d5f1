/**
 * A gesture that nobody makes by accident, and no scanner that loads pages and clicks buttons: press
 * and hold, by pointer or by key. Whoever can't hold, or uses a screen reader, takes two steps: choose
 * to open, which is not what is chosen at first, and continue. Docs: `docs/adr/0024-…`.
 *
 * Events that a script made don't count, and neither does time in which the page did not run.
 */

import { announce, button, element, fill } from "../view.js";
import { phrase } from "../words.js";

/** How long to hold, in milliseconds. */
const LONG_ENOUGH = 1000;
// A frame takes a few milliseconds. More of them say that the page stood still, maybe through a click.
const LONGEST_FRAME = 100;
const KEYS = new Set(["Enter", " "]);

/**
 * @param {import("../words.js").Phrase} words on the button
 * @param {() => void} act once, after the gesture
 * @returns {{element: HTMLElement, rest: () => void, focus: () => void}} `rest`: allow it again
 */
export function askForHolding(words, act) {
  const status = element("p", { class: "hint", id: "hold-hint" }, phrase("hold.hint"));
  const label = element("span", {}, words);
  const hold = element("button", {
    type: "button",
    class: "hold",
    "aria-describedby": "hold-hint",
  }, label);
  const steps = twoSteps(run);
  // A key that is held on the second way presses it again and again, and so does a double click.
  let running = false;
  makeHoldable(hold, { run, holding: () => say("hold.holding"), letGo: () => say("hold.short") });
  return {
    element: element("div", { class: "gesture" }, hold, status, steps),
    rest,
    focus: () => hold.focus(),
  };

  function say(key) {
    fill(status, phrase(key));
    announce(phrase(key));
  }

  function run() {
    if (running) return;
    running = hold.disabled = true;
    fill(label, phrase("open.working"));
    fill(status);
    act();
  }

  function rest() {
    running = hold.disabled = false;
    hold.style.setProperty("--held", "0");
    fill(label, words);
    fill(status, phrase("hold.hint"));
  }
}

/** Let a button be held, and call `run` when it was held for long enough. */
function makeHoldable(hold, { run, holding, letGo }) {
  let held = null; // milliseconds; null while nobody holds
  let last = 0;

  const begin = (event) => {
    if (!event.isTrusted || held !== null || hold.disabled) return;
    held = 0;
    last = performance.now();
    holding();
    requestAnimationFrame(goOn);
  };
  const goOn = (now) => {
    if (held === null) return;
    held += Math.min(Math.max(now - last, 0), LONGEST_FRAME);
    last = now;
    hold.style.setProperty("--held", String(Math.min(1, held / LONG_ENOUGH)));
    if (held < LONG_ENOUGH) return void requestAnimationFrame(goOn);
    held = null;
    run();
  };
  const end = () => {
    if (held === null) return;
    held = null;
    hold.style.setProperty("--held", "0");
    letGo();
  };

  hold.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.isPrimary) begin(event);
  });
  hold.addEventListener("keydown", (event) => {
    if (!KEYS.has(event.key)) return;
    event.preventDefault();
    if (!event.repeat) begin(event);
  });
  for (const name of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) {
    hold.addEventListener(name, end);
  }
  // A long touch would bring up a menu.
  hold.addEventListener("contextmenu", (event) => event.preventDefault());
  // A screen reader clicks, and does not hold.
  hold.addEventListener("click", (event) => {
    if (event.detail === 0 && held === null && !hold.disabled) letGo();
  });
}

/** The way without holding: two steps, of which the first is a choice that is not made yet. */
function twoSteps(run) {
  let chosen = "wait";
  const choices = ["open", "wait"].map((value) => {
    const input = element("input", {
      type: "radio",
      name: "steps",
      value,
      checked: value === chosen,
      autocomplete: "off",
      onclick: (event) => (chosen = event.isTrusted ? value : chosen),
    });
    return element("label", { class: "choice" }, input, element("span", {}, phrase(`steps.${value}`)));
  });
  const go = button(phrase("steps.continue"), (event) => {
    if (!event.isTrusted) return;
    if (chosen === "open") run();
    else announce(phrase("steps.closed"));
  });
  const legend = element("legend", {}, phrase("steps.legend"));
  const form = element("fieldset", { hidden: true }, legend, ...choices,
    element("div", { class: "actions" }, go));
  const other = button(phrase("hold.instead"), () => {
    form.hidden = !form.hidden;
    other.setAttribute("aria-expanded", String(!form.hidden));
  }, { class: "plain", "aria-expanded": "false" });
  return element("div", {}, other, form);
}
