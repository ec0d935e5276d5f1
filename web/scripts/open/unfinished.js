/**
 * What this tab may open again, because it never got or never showed it.
 *
 * A reveal's idempotency key is made of the link's token and of a random value that the tab keeps
 * for its life. Neither opens anything without the other, and the token is kept nowhere. So a tab that was
 * reloaded can fetch its view again once it is given the link again, and no other tab can.
 */

import { decode, encode } from "../format/base64url.js";
import { idempotencyKey } from "../format/links.js";

const SECRET = "burnbag.tab";
const UNTIL = "burnbag.unfinished";
const BYTES = 32;
// Where the browser keeps nothing, the page keeps it as long as it is not reloaded.
const memory = new Map();

/**
 * The idempotency key for a view; each `number` is for another one.
 * @param {import("../format/links.js").Link} link
 * @param {number} number
 */
export function makeKey(link, number) {
  return idempotencyKey(link, tabSecret(), number);
}

/**
 * Remember that something may have to be fetched again.
 * @param {string} id the secret's, which is public
 * @param {number} until in epoch seconds
 */
export function noteUnfinished(id, until) {
  keep(UNTIL, JSON.stringify({ ...readNotes(), [id]: until }));
}

/**
 * It is shown or saved: nothing is to be fetched again.
 * @param {string} id
 */
export function noteFinished(id) {
  const { [id]: finished, ...others } = readNotes();
  keep(UNTIL, JSON.stringify(others));
}

/**
 * @param {string} [id] of one secret; any, if left out
 * @returns {boolean}
 */
export function hasUnfinished(id) {
  return Object.keys(readNotes()).some((each) => id === undefined || each === id);
}

/** Until when what may be fetched again, by the secrets' ids. */
function readNotes() {
  let notes;
  try {
    notes = Object.entries(JSON.parse(find(UNTIL) ?? "{}"));
  } catch {
    notes = [];
  }
  return Object.fromEntries(notes.filter(([, until]) => until * 1000 > Date.now()));
}

function tabSecret() {
  const kept = find(SECRET);
  if (kept) return decode(kept, BYTES);
  const made = crypto.getRandomValues(new Uint8Array(BYTES));
  keep(SECRET, encode(made));
  return made;
}

function find(name) {
  try {
    return sessionStorage.getItem(name) ?? memory.get(name) ?? null;
  } catch {
    return memory.get(name) ?? null;
  }
}

function keep(name, value) {
  memory.set(name, value);
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // It is in the memory.
  }
}
