/** Buttons that copy and share, as far as the browser and its user allow it. */

import { copy } from "../open/clipboard.js";
import { announce, button, fill } from "../view.js";
import { phrase } from "../words.js";

const SAID_FOR = 4000;

/**
 * A button that copies a text and says so; where the browser refuses, the text is marked.
 * @param {import("../words.js").Phrase} words
 * @param {string} text
 * @param {Element} shown what shows the text
 * @param {object} [options]
 * @param {string} [options.class]
 * @param {() => void} [options.copied]
 */
export function copyButton(words, text, shown, { copied = () => {}, ...properties } = {}) {
  const made = button(words, async () => {
    const done = await copy(text, shown);
    announce(phrase(done ? "copy.done" : "text.marked"));
    if (!done) return;
    copied();
    fill(made, phrase("copy.done"));
    setTimeout(() => fill(made, words), SAID_FOR);
  }, properties);
  return made;
}

/**
 * A button that opens the share sheet; null where there is none.
 * @param {import("../words.js").Phrase} words
 * @param {string} url
 * @param {() => void} shared
 */
export function shareButton(words, url, shared) {
  if (!navigator.share) return null;
  return button(words, async () => {
    try {
      await navigator.share({ url });
      shared();
    } catch {
      // Whoever shares may change their mind.
    }
  });
}
