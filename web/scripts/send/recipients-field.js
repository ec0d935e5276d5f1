/** Where a sender says who alone may open it, if it is to be less than everybody with the link. */

import { element, field } from "../view.js";
import { phrase } from "../words.js";
import { MOST, normalizeRecipients, readRecipients, whatIsWrong } from "./recipients.js";

// More than twenty of the longest that anybody has.
const LONGEST = 16_384;

/**
 * @param {boolean} people whether there is a sign-in to know people by
 * @returns {{element: HTMLElement, field: HTMLElement, read: () => string[]|null, clear: () => void}}
 *   `read` gives null if something is wrong, which is shown then
 */
export function recipientsField(people) {
  const input = element("textarea", {
    rows: 3, maxlength: LONGEST, dir: "ltr", spellcheck: "false", autocomplete: "off",
    autocapitalize: "off",
  });
  const hint = phrase(people ? "named.hint" : "named.hint.roles");
  const made = field(phrase("named.only"), input, hint);
  const whole = element("details", { class: "named" },
    element("summary", {}, phrase("named.for")), element("div", {}, made));
  return { element: whole, field: made, read, clear };

  function read() {
    const entries = readRecipients(input.value);
    const why = explain(entries, people);
    if (why) whole.open = true;
    made.showError(why);
    return why ? null : normalizeRecipients(entries);
  }

  function clear() {
    input.value = "";
    made.showError(null);
    whole.open = false;
  }
}

/** @returns {import("../words.js").Phrase|null} */
function explain(entries, people) {
  const entry = entries.find((each) => whatIsWrong(each, people));
  if (entry !== undefined) return phrase(`named.bad.${whatIsWrong(entry, people)}`, { entry });
  return entries.length > MOST ? phrase("named.bad.most", { max: MOST }) : null;
}

/**
 * A list of those who are named, as texts.
 * @param {unknown} recipients from the server
 * @returns {HTMLElement|null} null if there are none
 */
export function recipientsList(recipients) {
  if (!Array.isArray(recipients) || recipients.length === 0) return null;
  const rows = recipients.map((each) => (
    element("li", {}, element("bdi", { translate: "no" }, String(each)))
  ));
  return element("ul", { class: "names" }, ...rows);
}
