/**
 * Who is sending. Where people have to sign in, this tab knows it until it is closed.
 *
 * Nothing that was put in is lost by it: if there is something to lose, the provider is shown in
 * another tab, and what that brings is handed over to this one. It is a code that is worth nothing
 * without the verifier, which this tab has.
 */

import { Problem } from "../api.js";
import { loadConfig } from "../config.js";
import { SignInError, finishSignIn, signIn } from "../sign-in.js";
import { announce, button, element, show } from "../view.js";
import { phrase } from "../words.js";

const CHANNEL = "burnbag.sign-in";
const ANSWERED_WITHIN = 3000;
const NOT_SIGNED_IN = 401;

let session = null;

/** @param {import("../config.js").Config} config @returns {boolean} */
export function mustSignIn({ people_auth: who }) {
  return who === "COGNITO" && session === null;
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
  const over = error instanceof SignInError ? error.reason === "over" : error.status === NOT_SIGNED_IN;
  if (over) session = null;
  return over && (error instanceof SignInError || error instanceof Problem);
}

/**
 * Ask somebody to sign in, as a view of its own.
 * @param {() => void} [then] what goes on in this tab; without it, nothing is to be lost here
 */
export function showSignIn(then = null) {
  const part = signInPart(then);
  show(phrase("people.sign-in"), element("p", { class: "lead" }, phrase("people.why")), part);
}

/**
 * A button that signs in, with what there is to say of it.
 * @param {(() => void)|null} then as for `showSignIn`
 */
export function signInPart(then) {
  const error = element("p", { class: "error", role: "alert" });
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
    session = await finishSignIn(facts, search);
  } catch (error) {
    showSignIn();
    return announce(() => describe(error));
  }
  location.hash = "send";
}

/** Leave this tab; it is called again. */
async function signInHere() {
  const { sign_in: facts } = await loadConfig();
  await signIn(facts);
  await new Promise(() => {});
}

/** Sign in in another tab while this one keeps what it has. */
async function signInBeside() {
  // At once, or the browser takes it for an advertisement.
  const tab = window.open("about:blank");
  if (!tab) throw new SignInError("refused");
  tab.opener = null;
  const { sign_in: facts } = await loadConfig();
  await signIn(facts, (url) => tab.location.replace(url));
  session = await finishSignIn(facts, await nextReturn());
  announce(phrase("people.as", { email: session?.email ?? "" }));
  if (session === null) throw new SignInError("foreign");
}

/** What the provider brings to the other tab. */
function nextReturn() {
  const channel = new BroadcastChannel(CHANNEL);
  return new Promise((resolve) => {
    channel.addEventListener("message", ({ data }) => {
      if (typeof data?.search !== "string") return;
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
