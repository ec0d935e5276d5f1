/**
 * What is for named people only. Whoever opens it says who they are by signing in, in another tab: the
 * link stays in the memory of this one, and goes nowhere.
 *
 * @typedef {object} Ways
 * @property {boolean} isNew whether nobody has said who they are yet
 * @property {() => boolean} isWanted whether no other link was opened meanwhile
 * @property {() => void} open without saying it
 * @property {() => void} openAsPerson as who is signed in
 */

import { isSignedOut } from "../api.js";
import { loadConfig } from "../config.js";
import { currentSession, isKnown, isOver, showUnknown, signInPart } from "../send/session.js";
import { element, show } from "../view.js";
import { phrase } from "../words.js";

export { callAsPerson } from "../send/people.js";

/**
 * Say whom it is for, and let somebody say that it is them.
 * @param {import("../api.js").Problem|import("../sign-in.js").SignInError} error
 * @param {Ways} ways
 */
export async function showForNamed(error, ways) {
  const may = waysToIdentify(error);
  // Who is signed in to send need not do it twice.
  if (ways.isNew && may.sign && currentSession()) return ways.openAsPerson();
  const config = await loadConfig();
  if (!ways.isWanted()) return;
  if (isSignedOut(error)) return showOver(error, ways);
  if (error.type === "not-the-recipient") return showWrong(error, may, ways);
  if (error.type === "email-unverified") return showUnverified(ways);
  if (may.sign && !isKnown(config)) return showUnknown(ways.open);
  if (may.sign && config.people_auth === "COGNITO") return showSignIn(may, ways);
  showCommandOnly(may);
}

/** What the server says of it, which is all that it says to somebody it does not know. */
function waysToIdentify({ extensions = {} }) {
  const { identify } = extensions;
  const has = (way) => Array.isArray(identify) && identify.includes(way);
  return { sign: has("people"), command: has("iam") };
}

function showSignIn(may, ways) {
  showView("named.title", phrase("named.lead"), ways, { may });
}

/** It was known, and is not any more: nothing is lost by that. */
function showOver(error, ways) {
  isOver(error);
  showView("people.again", phrase("named.over"), ways);
}

function showWrong(error, may, ways) {
  const email = String(error.extensions.identified_as ?? currentSession()?.email ?? "");
  showView("named.wrong.title", phrase("named.wrong", { email }), ways, { may, another: true });
}

function showUnverified(ways) {
  const email = currentSession()?.email ?? "";
  const words = phrase("named.unverified", { email });
  showView("named.unverified.title", words, ways, { another: true });
}

/** A view with the way to sign in. */
function showView(title, lead, ways, { may = {}, another = false } = {}) {
  const signIn = signInPart(() => !left.aborted && ways.openAsPerson(), "", another);
  const left = show(
    phrase(title),
    element("p", { class: "lead" }, lead),
    signIn,
    may.command && commandPart(),
  );
}

/** Nobody can say here who they are. */
function showCommandOnly({ sign, command }) {
  show(
    phrase("named.title"),
    element("p", { class: "lead" }, phrase(sign || !command ? "named.nobody" : "named.lead.command")),
    command && commandPart(),
  );
}

function commandPart() {
  return element("div", {},
    element("p", {}, phrase("named.command")),
    element("p", {}, element("code", {}, "burnbag open")));
}
