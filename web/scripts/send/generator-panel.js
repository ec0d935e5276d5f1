/** A panel that makes passwords and passphrases, and says how hard they are to guess. */

import { button, element, field, fill } from "../view.js";
import { phrase } from "../words.js";
import { choice, radio } from "./choices.js";
import {
  CLASSES, makePassphrase, makePassword, passphraseBits, passwordBits,
} from "./generator.js";

const WORDS = { least: 3, most: 10, usual: 5 };
const LENGTH = { least: 8, most: 64, usual: 20 };

/**
 * @param {import("../words.js").Phrase} title
 * @param {boolean} ofWords whether it begins with words
 * @param {(made: string, bits: number) => void} use called with each one that is made
 * @returns {HTMLElement} closed at first
 */
export function generatorPanel(title, ofWords, use) {
  const name = crypto.randomUUID();
  const [words, characters] = [radio(name, ofWords), radio(name, !ofWords)];
  const count = slider(WORDS);
  const length = slider(LENGTH);
  const classes = Object.keys(CLASSES).map((key) => [key, element("input", { type: "checkbox" })]);
  for (const [key, input] of classes) input.checked = key !== "symbols";

  const wordsSettings = field(phrase("generate.count"), count);
  const charactersSettings = element("div", { hidden: true },
    field(phrase("generate.count"), length),
    element("fieldset", {}, element("legend", {}, phrase("generate.characters")),
      ...classes.map(([key, input]) => choice(input, phrase(`generate.class.${key}`)))));
  const bits = element("p", { class: "hint", role: "status" });
  const panel = element("details", { class: "generator", ontoggle: showBits },
    element("summary", {}, title),
    element("div", { class: "panel", onchange: showBits, oninput: showBits },
      element("fieldset", {},
        element("legend", {}, phrase("generate.what")),
        choice(words, phrase("generate.words")), choice(characters, phrase("generate.characters"))),
      wordsSettings, charactersSettings, bits,
      button(phrase("generate.make"), make)));
  return panel;

  function read() {
    const chosen = classes.filter(([, input]) => input.checked).map(([key]) => key);
    return { count: Number(count.value), length: Number(length.value), chosen };
  }

  function showBits() {
    wordsSettings.hidden = !words.checked;
    charactersSettings.hidden = words.checked;
    const { chosen } = read();
    const [last] = classes.filter(([, input]) => input.checked).map(([, input]) => input);
    // One class at least: the last one stays.
    for (const [, input] of classes) input.disabled = chosen.length === 1 && input === last;
    fill(bits, phrase("generate.bits", { bits: Math.floor(bitsOf(read())) }));
  }

  function bitsOf({ count: number, length: size, chosen }) {
    return words.checked ? passphraseBits(number) : passwordBits(size, chosen);
  }

  function make() {
    const settings = read();
    const made = words.checked
      ? makePassphrase(settings.count)
      : makePassword(settings.length, settings.chosen);
    use(made, bitsOf(settings));
  }
}

function slider({ least, most, usual }) {
  const made = element("input", { type: "number", min: least, max: most, inputmode: "numeric" });
  made.value = usual;
  made.addEventListener("change", () => {
    const value = Math.round(Number(made.value)) || usual;
    made.value = Math.min(Math.max(value, least), most);
  });
  return made;
}
