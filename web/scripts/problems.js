/**
 * What went wrong, in words: what happened, and what to do next.
 *
 * @typedef {import("./words.js").Phrase} Phrase
 */

import { formatTime, phrase } from "./words.js";

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
 * @returns {{title: Phrase, body: Phrase, passing: boolean}} `passing`: offer to try again
 */
export function explain(error) {
  const type = nameProblem(error);
  return {
    title: phrase(`problem.${type}.title`),
    body: phrase(`problem.${type}`, { time: () => formatTime(error.extensions.ended_at) }),
    passing: PASSING.has(type) || type === "offline",
  };
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
