/** Sending: put together, encrypt, send; then the link. What was typed outlives every failure. */

import { Problem } from "../api.js";
import { loadConfig } from "../config.js";
import { explain, untilLine } from "../problems.js";
import { element, fill, sayAgain, show } from "../view.js";
import { phrase } from "../words.js";
import { contentField } from "./content-field.js";
import { callAsPerson } from "./people.js";
import { Unreadable } from "./files.js";
import { History } from "./history.js";
import {
  isKnown, isOver, mustSignIn, showSignIn, showUnknown, signInPart, whoIsIt,
} from "./session.js";
import { showProgress } from "./progress.js";
import { loadStyle } from "./style.js";
import { termsFields } from "./terms-fields.js";

// Explained for those who send.
const SENDERS = new Set(["too-many", "email-unverified"]);

let draft = null;

/** What is needed to send. The form is there before, and asks for few files at once. */
function loadRest() {
  return Promise.all([import("./sealing.js"), import("./sent.js")]);
}

/** Show what was begun, or begin. */
export async function run() {
  const [config] = await Promise.all([loadConfig(), loadStyle()]);
  if (!isKnown(config)) return showUnknown(run);
  if (config.people_auth === null) return showCommandOnly();
  draft ??= new Draft(config);
  if (!mustSignIn(config)) return draft.show();
  showSignIn(draft.content.isEmpty() ? null : () => draft.show());
}

function showCommandOnly() {
  show(phrase("start.send"),
    element("p", { class: "lead" }, phrase("send.command")),
    element("p", {}, element("code", {}, "burnbag send")));
}

/** What is being put together: it stays while it is sent, until that is done. */
class Draft {
  constructor({ limits, people_auth: who }) {
    this.limits = limits;
    this.content = contentField(limits);
    this.terms = termsFields(limits, who === "COGNITO");
    this.who = element("p", { class: "quiet" });
    this.list = element("p", { class: "quiet" });
    this.alert = element("div", { role: "alert", class: "alert" });
    this.form = element("form", { novalidate: true, autocomplete: "off", onsubmit: (event) => {
      event.preventDefault();
      this.send();
    } },
    this.alert, this.content.element, this.terms.element,
    element("div", { class: "actions" },
      element("button", { class: "main" }, phrase("send.go"))),
    this.who, this.list);
    // What leaves the screen for good leaves the memory, also where a browser keeps whole pages.
    window.addEventListener("pagehide", () => this.clear());
    window.addEventListener("beforeunload", (event) => {
      if (!this.content.isEmpty()) event.preventDefault();
    });
  }

  show() {
    fill(this.alert);
    const left = show(phrase("start.send"),
      element("p", { class: "lead" }, phrase("send.lead")), this.form);
    this.content.listen(left);
    loadRest().catch(() => {}); // Whoever sends is told.
    fill(this.who, ...whoIsIt());
    const list = element("a", { href: "#history" }, phrase("history.title"));
    fill(this.list, new History().wanted && list);
    sayAgain(); // The language may be another one than when this was left.
  }

  clear() {
    this.content.clear();
    this.terms.clear();
    fill(this.alert);
  }

  async send() {
    const pack = this.content.read();
    const order = pack && this.terms.read();
    if (!order) return;
    const stop = new AbortController();
    const { signal } = stop;
    const { left, progress } = showProgress(stop);
    try {
      const packing = (done, total) => progress("pack", done, total);
      const content = await pack({ progress: packing, signal });
      const options = { limits: this.limits, progress, signal };
      const [{ seal }, { showSent }] = await loadRest();
      const sent = await seal(callAsPerson, content, order, options);
      this.clear();
      showSent(sent, order);
    } catch (error) {
      if (left.aborted) return; // Somebody looks at something else; it is still here.
      const stopped = signal.aborted;
      this.show();
      if (!stopped) this.explain(error);
    }
  }

  /** Say what went wrong, above what was typed. */
  explain(error) {
    if (this.terms.showError(error.extensions?.field)) return;
    if (error.status === 413) return this.content.showError(phrase("send.refused"));
    if (error instanceof Unreadable) return this.content.showError(phrase("send.files.unreadable"));
    if (isOver(error)) return this.askToSignIn();
    const problem = error.name === "UploadFailed" ? nameFailure(error) : error;
    const { title, body, passing, until } = explain(problem);
    // The other explanations are for those who open.
    const isForSenders = (passing && problem.type !== "interrupted") || SENDERS.has(problem.type);
    fill(this.alert, element("h2", {}, title),
      isForSenders && element("p", {}, body),
      untilLine(until),
      element("p", {}, phrase("send.kept")));
    this.alert.scrollIntoView({ block: "nearest" });
  }

  /** The session is over in the middle of it: what was typed stays, and is sent after that. */
  askToSignIn() {
    fill(this.alert, element("h2", {}, phrase("people.again")),
      element("p", {}, phrase("send.kept")),
      signInPart(() => this.show()));
    this.alert.scrollIntoView({ block: "nearest" });
  }
}

/** The bucket has no words of ours. */
function nameFailure({ status }) {
  return new Problem(status === 0 ? "unanswered" : "unavailable", status);
}
