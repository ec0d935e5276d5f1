/**
 * What went wrong, in words: what happened, and what to do next.
 *
 * @typedef {import("./words.js").Phrase} Phrase
 */

import { element, fill } from "./view.js";
import { formatRelative, formatTime, phrase } from "./words.js";

const ENDS = new Set(["revealed", "revoked", "locked", "expired"]);
// Each of these has a `problem.<type>.title` and a `problem.<type>`.
const KNOWN = new Set([
  "already-confirmed",
  "busy",
  "damaged",
  "email-unverified",
  "frozen",
  "interrupted",
  "not-found",
  "outdated",
  "too-many",
  "throttled",
  "unanswered",
  "unavailable",
  "upload-incomplete",
]);
// What another try may find otherwise.
const PASSING = new Set([
  "busy", "frozen", "interrupted", "throttled", "unanswered", "unavailable", "upload-incomplete",
]);

/**
 * @param {unknown} error
 * @returns {{title: Phrase, body: Phrase, passing: boolean, until: number|null}} `passing`: offer to
 *   try again; `until`: not before then, in epoch seconds
 */
export function explain(error) {
  const type = nameProblem(error);
  return {
    title: phrase(`problem.${type}.title`),
    body: phrase(`problem.${type}`, { time: () => formatTime(error.extensions.ended_at) }),
    passing: PASSING.has(type) || type === "offline",
    until: error.until ?? null,
  };
}

/**
 * A line that says when to try again. It runs down, and goes once that time has come.
 * @param {number|null} until in epoch seconds; null if nobody knows
 * @returns {HTMLElement|null}
 */
export function untilLine(until) {
  if (until === null) return null;
  // Whoever has heard it once need not hear every second of it.
  const line = element("p", { "aria-live": "off" });
  const tell = () => fill(line, phrase("problem.when", { time: () => formatRelative(until) }));
  const timer = setInterval(() => {
    if (Date.now() / 1000 >= until) line.remove();
    if (line.isConnected) tell();
    else clearInterval(timer);
  }, 1000);
  tell();
  return line;
}

/** The name that the words of an error go by. */
function nameProblem(error) {
  if (isModuleError(error)) return navigator.onLine ? "outdated" : "offline";
  if (error.type === "gone" && ENDS.has(error.extensions.state)) return `gone.${error.extensions.state}`;
  if (error.type === "unanswered" && !navigator.onLine) return "offline";
  const type = error.name === "Damaged" ? "damaged" : error.type;
  return KNOWN.has(type) ? type : "internal";
}

/** Whether a script of the page could not be loaded: no connection, or the server has newer ones. */
function isModuleError(error) {
  return error instanceof TypeError && /module/i.test(error.message);
}
