/** A receipt: what became of a secret, live, and what its sender can still do about it. */

import { isTemporary } from "../api.js";
import { loadConfig } from "../config.js";
import { LinkError, parseReceiptFragment } from "../format/links.js";
import { explain } from "../problems.js";
import { announce, button, element, factsList, fill, show } from "../view.js";
import { formatTime, phrase } from "../words.js";
import { callAsPerson } from "./people.js";
import { Polling } from "./polling.js";
import { recipientsList } from "./recipients-field.js";
import { isKnown, isOver, mustSignIn, showSignIn, showUnknown } from "./session.js";
import { loadStyle } from "./style.js";

// A request is one of a secret that is not there yet. It can be withdrawn, too.
const OPEN = new Set(["requested", "sealed"]);

/**
 * How a receipt is shown, and to whom.
 * @typedef {object} Purpose
 * @property {string} title the key of its words
 * @property {string} command what does the same where people don't sign in
 * @property {string} [why] the key of what is said to those who have to sign in
 * @property {(receipt: object) => unknown} take true-ish for a receipt that is not to be shown: what
 *   comes instead is shown by it
 */

/** @type {Purpose} */
const OF_SENDER = { title: "receipt.title", command: "burnbag receipt", take: () => false };

/**
 * Show the receipt that the page was called with.
 * @param {string} fragment
 */
export async function run(fragment) {
  try {
    await showReceipt(parseReceiptFragment(fragment));
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    showNone();
  }
}

/**
 * @param {{id: string, receiptToken: string}} address
 * @param {Purpose} [purpose]
 */
export async function showReceipt({ id, receiptToken }, purpose = OF_SENDER) {
  const [config] = await Promise.all([loadConfig(), loadStyle()]);
  if (!isKnown(config)) return showUnknown(() => showReceipt({ id, receiptToken }, purpose));
  if (config.people_auth === null) return showCommandOnly(purpose);
  // The address is nowhere but here, so this tab stays.
  const askToSignIn = () => showSignIn(
    () => showReceipt({ id, receiptToken }, purpose), "", purpose.why);
  if (mustSignIn(config)) return askToSignIn();
  const path = `receipts/${id}`;
  const state = element("p", { class: "lead state" });
  const facts = element("div");
  const actions = element("div", { class: "actions" });
  const status = element("p", { class: "quiet" });
  let shown = "";
  const signal = show(phrase(purpose.title), state, status, facts, actions);
  const polling = new Polling(look, signal);
  await polling.now();

  /** @returns {Promise<boolean>} whether there is news; null if there will be no more */
  async function look() {
    try {
      const receipt = await callAsPerson("GET", path, { token: receiptToken, signal });
      fill(status);
      if (signal.aborted || purpose.take(receipt)) return null;
      return update(receipt);
    } catch (error) {
      if (signal.aborted) return null;
      if (isOver(error)) return askToSignIn() ?? null;
      if (!isTemporary(error)) return showProblem(error);
      fill(status, explain(error).title);
      return false;
    }
  }

  function update(receipt) {
    const text = JSON.stringify(receipt);
    const news = text !== shown;
    if (news) {
      const words = statePhrase(receipt);
      fill(state, words);
      state.dataset.state = receipt.frozen_at ? "frozen" : receipt.state;
      fill(facts, describe(receipt),
        receipt.views.length > 0 && viewsList(phrase("receipt.viewed"), receipt.views),
        receipt.refusals > 0 && refusalsPart(receipt));
      if (shown) announce(words);
      showActions(receipt);
    }
    shown = text;
    return receipt.erased_at ? null : news;
  }

  function showActions(receipt) {
    const isOpen = OPEN.has(receipt.state);
    fill(actions,
      isOpen && receipt.frozen_at && button(phrase("receipt.unfreeze"), () => unfreeze(receipt),
        { class: "main" }),
      isOpen && button(phrase(wordsOfRevoking(receipt)), () => confirmRevoking(receipt)));
  }

  function confirmRevoking(receipt) {
    const words = wordsOfRevoking(receipt);
    const sure = button(phrase(words), revoke, { class: "main" });
    const keep = button(phrase("confirm.no"), () => {
      showActions(receipt);
      actions.querySelector("button:last-of-type").focus();
    });
    fill(actions, element("p", { id: "revoking" }, phrase(`${words}.sure`)), sure, keep);
    sure.setAttribute("aria-describedby", "revoking");
    sure.focus();
  }

  async function revoke() {
    await change(() => callAsPerson("DELETE", `secrets/${id}`, { token: receiptToken, signal }));
  }

  /** The call names the freezing that it lifts, so it can be repeated after a lost answer. */
  async function unfreeze({ frozen_at: frozenAt }) {
    const options = { token: receiptToken, body: { frozen_at: frozenAt }, signal };
    await change(() => callAsPerson("POST", `${path}/unfreeze`, options));
  }

  async function change(act) {
    for (const made of actions.querySelectorAll("button")) made.disabled = true;
    try {
      await act();
    } catch (error) {
      if (isOver(error)) return askToSignIn();
      // It ended meanwhile, perhaps by this very call: the receipt says how.
      if (error.type !== "gone" && error.type !== "not-frozen") {
        fill(status, explain(error).title);
        announce(explain(error).title);
      }
    }
    shown &&= "changed";
    await polling.now();
    if (signal.aborted) return;
    document.querySelector("h1").focus();
  }

  function showProblem(error) {
    if (error.type === "not-found") showNone();
    else fill(status, explain(error).title);
    return null;
  }
}

function showNone() {
  show(phrase("problem.not-found.title"), element("p", { class: "lead" }, phrase("receipt.none")));
}

function showCommandOnly({ title, command }) {
  show(phrase(title),
    element("p", { class: "lead" }, phrase("send.command")),
    element("p", {}, element("code", {}, command)));
}

/** @returns {import("../words.js").Phrase} */
function statePhrase(receipt) {
  const { state, frozen_at: frozenAt, views, ended_at: endedAt } = receipt;
  const time = () => formatTime(endedAt ?? frozenAt);
  if (state === "requested") return phrase("request.waiting");
  if (state === "expired" && isUnanswered(receipt)) return phrase("request.unanswered", { time });
  if (state !== "sealed") return phrase(`receipt.${state}`, { time });
  if (frozenAt) return phrase("receipt.frozen", { time });
  const count = views.length;
  return count > 0 ? phrase("receipt.opened", { count }) : phrase("receipt.sealed");
}

/** What withdraws it, and with `.sure` what comes of that. */
function wordsOfRevoking({ state }) {
  return state === "requested" ? "request.revoke" : "receipt.revoke";
}

/** Whether it is of a request that nobody has answered. */
function isUnanswered({ state, kinds, submitted_at: submittedAt }) {
  return state === "requested" || (Array.isArray(kinds) && !submittedAt);
}

function describe(receipt) {
  const { passphrase, failed_attempts: failed } = receipt;
  const named = recipientsList(receipt.recipients);
  const at = (time) => () => formatTime(time);
  return factsList(
    receipt.label && [
      phrase(receipt.kinds ? "request.label" : "send.label"), element("bdi", {}, receipt.label)],
    [phrase(receipt.kinds ? "request.created" : "receipt.created"), at(receipt.created_at)],
    receipt.submitted_at && [phrase("request.answered"), describeAnswer(receipt)],
    [phrase("peek.until"), at(receipt.expires_at)],
    !isUnanswered(receipt) && [phrase("peek.views"),
      phrase("peek.views.of", { left: receipt.views_left, max: receipt.max_views })],
    named && [phrase("named.only"), named],
    passphrase && [phrase("receipt.failed"), () => String(failed)],
    receipt.erased_at && [phrase("receipt.erased"), at(receipt.erased_at)],
  );
}

/** When it was answered, and from which address, if that is noted down. */
function describeAnswer({ submitted_at: time, submitted_by: address }) {
  return element("span", {}, () => formatTime(time), address && " ",
    address && element("bdi", { class: "quiet" }, String(address)));
}

function viewsList(title, views) {
  const rows = views.map(({ at, by, ip, user_agent: agent }) => element("li", {},
    element("span", {}, () => formatTime(at)),
    ...[by, ip, agent].filter(Boolean).map((text) => element("bdi", { class: "quiet" }, text))));
  return element("section", {},
    element("h2", {}, title), element("ol", { class: "views" }, ...rows));
}

/** Others had the link, and got nothing by it. The server stops counting somewhere. */
function refusalsPart({ refusals: count, last_refusal: last }) {
  return element("div", {},
    element("p", {}, phrase("named.refused", { count })),
    last && viewsList(phrase("named.refused.last"), [last]));
}
