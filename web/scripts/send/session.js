/**
 * Who is sending, or opening what is for named people only. Where people have to sign in, this tab
 * knows it until it is closed.
 *
 * Nothing that was put in is lost by it, and no link: if there is something to lose, the provider is
 * shown in another tab, and what that brings is handed over to this one. It is a code that is worth
 * nothing without the verifier, which is in the memory of this tab alone.
 */

import { Problem, isSignedOut } from "../api.js";
import { explain } from "../problems.js";
import { loadConfig } from "../config.js";
import { announce, button, element, fill, show } from "../view.js";
import { phrase } from "../words.js";
import { noteNext } from "./next.js";

const CHANNEL = "burnbag.sign-in";
const ANSWERED_WITHIN = 3000;

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
  const over = isSignedOut(error);
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

/** Who is signed in, and the way out. @returns {import("../view.js").Child[]} */
export function whoIsIt() {
  if (session === null) return [];
  return [
    phrase("people.as", { email: session.email }), " ",
    button(phrase("people.out"), () => session?.signOut(), { class: "plain" }),
  ];
}

/**
 * A button that signs in, with what there is to say of it.
 * @param {(() => void)|null} then as for `showSignIn`
 * @param {string} [why] as for `showSignIn`
 * @param {boolean} [another] whether it is to be somebody else than before
 */
export function signInPart(then, why = "", another = false) {
  const error = element("p", { class: "error", role: "alert" }, why);
  const blocked = element("div");
  const act = button(phrase(another ? "named.another" : "people.sign-in"), async () => {
    error.textContent = "";
    fill(blocked);
    try {
      await (then === null ? signInHere() : signInBeside(another, showLinks));
      then?.();
    } catch (problem) {
      error.textContent = describe(problem);
    }
  }, { class: "main" });
  return element("div", {},
    then && element("p", { class: "hint" }, phrase("people.beside")),
    element("div", { class: "actions" }, act), blocked, error);

  /** The browser has opened no tab; what somebody follows by hand, it does. */
  function showLinks(leaving, entering) {
    fill(blocked, element("p", {}, phrase("named.blocked")), element("div", { class: "actions" },
      leaving && linkAway(leaving, "people.out"), linkAway(entering, "people.sign-in")));
    announce(phrase("named.blocked"));
    blocked.querySelector("a").focus();
  }
}

/** Into another tab, which learns nothing of this one. */
function linkAway(url, key) {
  const target = { target: "_blank", rel: "noopener noreferrer" };
  return element("a", { class: "button", href: url.href, ...target }, phrase(key));
}

/** The provider has led back: to the tab that left for it, or to one beside the tab that waits. */
export async function comeBack(search) {
  const [{ sign_in: facts }, { finishSignIn, hasLeft }] = await loadBoth();
  if (!hasLeft(search) && await handOver(search)) {
    window.close();
    return show(phrase("people.sign-in"), element("p", { class: "lead" }, phrase("people.done")));
  }
  try {
    session = await finishSignIn(facts, search);
  } catch (error) {
    return showSignIn(null, describe(error));
  }
  location.hash = "send";
}

/** What the sign-in is, and how it is done; only where people sign in. */
function loadBoth() {
  return Promise.all([loadConfig(), import("../sign-in.js")]);
}

/** Leave this tab; it is called again. */
async function signInHere() {
  const [{ sign_in: facts }, { signIn }] = await loadBoth();
  await signIn(facts);
  await new Promise(() => {});
}

/**
 * Sign in in another tab while this one keeps what it has.
 * @param {boolean} another whether the provider is to forget first who was signed in
 * @param {(leaving: URL|null, entering: URL) => void} showLinks if the browser opens no tab
 */
async function signInBeside(another, showLinks) {
  // At once, or the browser takes it for an advertisement.
  const tab = window.open("about:blank");
  try {
    const [{ sign_in: facts }, { SignInError, finishSignIn, prepareSignIn }] = await loadBoth();
    const { url, attempt } = await prepareSignIn(facts);
    const leaving = another && session ? session.end() : null;
    if (leaving) session = null;
    if (!tab || tab.closed) showLinks(leaving, url);
    else lead(tab, leaving, url);
    const found = await finishSignIn(facts, await nextReturn(attempt.state), attempt);
    if (found === null) throw new SignInError("foreign");
    session = found;
    announce(phrase("people.as", { email: found.email }));
  } finally {
    tab?.close(); // If it is still there, and still ours.
  }
}

function lead(tab, leaving, entering) {
  tab.opener = null;
  tab.location.replace(leaving && noteNext(tab, entering) ? leaving : entering);
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
