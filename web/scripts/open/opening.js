/** What comes after the gesture. Everything that it takes is loaded with it, before a view is used. */

import { collect, decodeText, streamOf } from "../format/bytes.js";
import { showFile } from "./file.js";
import { reveal } from "./reveal.js";
import { showText } from "./text.js";

/** The most bytes that are shown as a text; more are a file. */
const LARGEST_TEXT = 1024 * 1024;
const NAMELESS = "secret";
// What a text never holds, though it is UTF-8: most control characters.
const UNREADABLE = /[\0-\x08\x0e-\x1a\x1c-\x1f]/;

/**
 * Consume a view and show what it brings.
 * @param {import("../format/links.js").Link} link
 * @param {{passphrase: boolean, max_views?: number}} peeked
 * @param {string|null} passphrase
 * @param {import("./open.js").Door} door
 * @throws {Problem|Damaged}
 */
export async function open(link, peeked, passphrase, door) {
  const view = await reveal(link, peeked.passphrase ? passphrase : null, door, peeked.max_views);
  const { description, body } = await view.content();
  if (!mayBeText(description, view)) return showFile(nameOf(description), body, view);
  const bytes = await collect(body, LARGEST_TEXT);
  const text = readText(bytes);
  if (text === null) return showFile(nameOf(description), streamOf(bytes), view);
  showText(text, view);
}

function mayBeText({ mediaType, filename }, view) {
  return !filename && mediaType.startsWith("text/") && view.size <= LARGEST_TEXT;
}

function readText(bytes) {
  try {
    const text = decodeText(bytes);
    return UNREADABLE.test(text) ? null : text;
  } catch {
    return null;
  }
}

function nameOf({ mediaType, filename }) {
  return filename || (mediaType.startsWith("text/") ? `${NAMELESS}.txt` : NAMELESS);
}
