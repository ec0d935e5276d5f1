/**
 * What was asked for: whether it was answered, and if so, what was. The link that was kept has the
 * key, the receipt has what is encrypted to it, and both together are an ordinary link.
 */

import { BASE } from "../api.js";
import { LinkError } from "../format/links.js";
import { openKey, parseAnswerFragment } from "../format/requests.js";
import { openLink } from "../open/open.js";
import { hasUnfinished } from "../open/unfinished.js";
import { explain } from "../problems.js";
import { showReceipt } from "../send/receipt.js";
import { element, show } from "../view.js";
import { phrase } from "../words.js";

/**
 * Look whether the request is answered whose link the page was called with.
 * @param {string} fragment
 */
export async function run(fragment) {
  try {
    const answer = await parseAnswerFragment(fragment);
    await showReceipt({ id: answer.id, receiptToken: answer.token }, {
      title: "request.answer.title",
      command: "burnbag request open",
      why: "request.answer.why",
      take: (receipt) => canBeOpened(receipt) && open(answer, receipt),
    });
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    const kind = error.reason === "incomplete" ? "incomplete" : "none";
    show(phrase(`link.${kind}.title`), element("p", { class: "lead" }, phrase(`link.${kind}`)));
  }
}

/** Whether there is something to open. What this tab has opened and lost may be had again. */
function canBeOpened({ id, state, sealed_key: sealedKey }) {
  return Boolean(sealedKey) && (state === "sealed" || (state === "revealed" && hasUnfinished(id)));
}

/** @returns {Promise<void>} */
async function open(answer, receipt) {
  try {
    const { token, key } = await openKey(answer, receipt.sealed_key);
    await openLink({ base: BASE.slice(0, -1), id: answer.id, token, key, version: 1 });
  } catch (error) {
    const { title, body } = explain(error);
    show(title, element("p", { class: "lead" }, body));
  }
}
