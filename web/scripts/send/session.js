/**
 * Who is sending. Where people have to sign in, this tab knows it until it is closed.
 *
 * Nothing that was put in is lost by it: if there is something to lose, the provider is shown in
 * another tab, and what that brings is handed over to this one. It is a code that is worth nothing
 * without the verifier, which this tab has.
 */

import { Problem } from "../api.js";
import { explain } from "../problems.js";
import { loadConfig } from "../config.js";
import { announce, button, element, show } from "../view.js";
import { phrase } from "../words.js";

const CHANNEL = "burnbag.sign-in";
const ANSWERED_WITHIN = 3000;
const NOT_SIGNED_IN = 401;

let session = null;
let waiting = null;

/** @param {import("../config.js").Config} config @returns {boolean} */
export function mustSignIn({ people_auth: who }) {
  return who === "COGNITO" && session === null;
}

/** @returns {boolean} whether the server has said who may send */
export function isKnown({ limits }) {
  return limits?.max_views > 0;
}

/**
 * It has not: no connection, most likely.
 * @param {() => void} again
 */
export function showUnknown(again) {
  const { title, body } = explain(new Problem("unanswered"));
  show(title, element("p", { class: "lead" }, body), element("div", { class: "actions" },
    button(phrase("problem.again"), again, { class: "main" })));
}

/** @returns {import("../sign-in.js").Session|null} null also where nobody has to sign in */
export function currentSession() {
  return session;
}

/**
 * Whether signing in again helps. Whoever was signed in is not any more.
 * @param {unknown} error
 */
export function isOver(error) {
  const over = error.reason === "over" || error.status === NOT_SIGNED_IN;
  if (over) session = null;
  return over;
}

/**
 * Ask somebody to sign in, as a view of its own.
 * @param {(() => void)|null} [then] what goes on in this tab; without it, nothing can be lost here
 * @param {string} [why] it did not work before
 * @param {string} [lead] the key of what is said of it
 */
export function showSignIn(then = null, why = "", lead = "people.why") {
  const part = signInPart(then, why);
  show(phrase("people.sign-in"), element("p", { class: "lead" }, phrase(lead)), part);
}

/**
 * A button that signs in, with what there is to say of it.
 * @param {(() => void)|null} then as for `showSignIn`
 */
export function signInPart(then, why = "") {
  const error = element("p", { class: "error", role: "alert" }, why);
  const act = button(phrase("people.sign-in"), async () => {
    error.textContent = "";
    try {
      await (then === null ? signInHere() : signInBeside());
      then?.();
    } catch (problem) {
      error.textContent = describe(problem);
    }
  }, { class: "main" });
  return element("div", {},
    then && element("p", { class: "hint" }, phrase("people.beside")),
    element("div", { class: "actions" }, act), error);
}

/** The provider has led back: to the tab that left for it, or to one beside the tab that waits. */
export async function comeBack(search) {
  const { sign_in: facts } = await loadConfig();
  if (await handOver(search)) {
    window.close();
    return show(phrase("people.sign-in"), element("p", { class: "lead" }, phrase("people.done")));
  }
  try {
    const { finishSignIn } = await loadSignIn();
    session = await finishSignIn(facts, search);
  } catch (error) {
    return showSignIn(null, describe(error));
  }
  location.hash = "send";
}

/** Only where people sign in. */
function loadSignIn() {
  return import("../sign-in.js");
}

/** Leave this tab; it is called again. */
async function signInHere() {
  const [{ sign_in: facts }, { signIn }] = await Promise.all([loadConfig(), loadSignIn()]);
  await signIn(facts);
  await new Promise(() => {});
}

/** Sign in in another tab while this one keeps what it has. */
async function signInBeside() {
  forgetAttempt();
  // At once, or the browser takes it for an advertisement.
  const tab = window.open("about:blank");
  const { SignInError, finishSignIn, signIn } = await loadSignIn();
  if (!tab) throw new SignInError("refused");
  tab.opener = null;
  const { sign_in: facts } = await loadConfig();
  const state = await signIn(facts, (url) => tab.location.replace(url));
  const found = await finishSignIn(facts, await nextReturn(state));
  if (found === null) throw new SignInError("foreign");
  session = found;
  announce(phrase("people.as", { email: found.email }));
}

/**
 * An attempt that was given up. A new tab begins with a copy of what this one has written down, and
 * would take it for its own.
 */
function forgetAttempt() {
  try {
    sessionStorage.removeItem(CHANNEL);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

/**
 * What the provider brings to the other tab. Whoever begins anew waits for the new one only, and not
 * for what somebody else has asked for.
 * @param {string} state of the attempt
 */
function nextReturn(state) {
  waiting?.close();
  const channel = (waiting = new BroadcastChannel(CHANNEL));
  return new Promise((resolve) => {
    channel.addEventListener("message", ({ data }) => {
      if (typeof data?.search !== "string") return;
      if (new URLSearchParams(data.search).get("state") !== state) return;
      channel.postMessage({ taken: true });
      channel.close();
      resolve(data.search);
    });
  });
}

/** @returns {Promise<boolean>} whether another tab waits for it */
function handOver(search) {
  // This tab left for the provider itself.
  if (sessionStorage.getItem(CHANNEL)) return Promise.resolve(false);
  const channel = new BroadcastChannel(CHANNEL);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ANSWERED_WITHIN);
    channel.addEventListener("message", ({ data }) => {
      if (!data?.taken) return;
      clearTimeout(timer);
      resolve(true);
    });
    channel.postMessage({ search });
  }).finally(() => channel.close());
}

/** In our words, and in the provider's own if it has any. */
function describe(error) {
  const words = phrase("people.failed")();
  return error.detail ? `${words} ${error.detail}` : words;
}
