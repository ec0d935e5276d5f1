/** What is chosen with a checkbox or a radio button. */

import { element } from "../view.js";

/**
 * @param {HTMLInputElement} input
 * @param {import("../words.js").Phrase} words beside it
 */
export function choice(input, words) {
  return element("label", { class: "choice" }, input, element("span", {}, words));
}

/**
 * @param {string} name of its group
 * @param {boolean} checked
 */
export function radio(name, checked) {
  const made = element("input", { type: "radio", name });
  made.checked = checked;
  return made;
}

/** @param {boolean} checked */
export function checkbox(checked) {
  const made = element("input", { type: "checkbox" });
  made.checked = checked;
  return made;
}
