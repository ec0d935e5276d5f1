/** Asking for a secret: what for, how long, and what may be answered; then two links. */

import { loadConfig } from "../config.js";
import { explain, untilLine } from "../problems.js";
import { choice, radio } from "../send/choices.js";
import { callAsPerson } from "../send/people.js";
import {
  isKnown, isOver, mustSignIn, showSignIn, showUnknown, signInPart, whoIsIt,
} from "../send/session.js";
import { loadStyle } from "../send/style.js";
import { labelInput, lifeSelect } from "../send/terms-fields.js";
import { element, field, fill, sayAgain, show } from "../view.js";
import { phrase } from "../words.js";

// Explained for those who ask.
const ASKERS = new Set(["too-many", "email-unverified"]);

let draft = null;

/** Show what was begun, or begin. */
export async function run() {
  const [config] = await Promise.all([loadConfig(), loadStyle()]);
  if (!isKnown(config)) return showUnknown(run);
  if (config.people_auth === null) return showCommandOnly();
  draft ??= new Draft(config.limits);
  // In another tab: what comes back to this one would come back to where one sends.
  if (mustSignIn(config)) return showSignIn(() => draft.show());
  draft.show();
}

function showCommandOnly() {
  show(phrase("request.ask"),
    element("p", { class: "lead" }, phrase("send.command")),
    element("p", {}, element("code", {}, "burnbag request")));
}

/** What is asked for, until there is a link to it. */
class Draft {
  constructor(limits) {
    const group = crypto.randomUUID();
    const [any, onlyText] = [radio(group, true), radio(group, false)];
    this.label = labelInput();
    this.ttl = lifeSelect(limits);
    this.ttl.value = limits.default_ttl;
    this.onlyText = onlyText;
    this.fields = {
      label: field(phrase("request.label"), this.label, phrase("request.label.hint")),
      ttl: field(phrase("request.ttl"), this.ttl, phrase("request.ttl.hint")),
    };
    this.alert = element("div", { role: "alert", class: "alert" });
    this.who = element("p", { class: "quiet" });
    this.go = element("button", { class: "main" }, phrase("request.ask.go"));
    this.form = element("form", { novalidate: true, autocomplete: "off", onsubmit: (event) => {
      event.preventDefault();
      this.ask();
    } },
    this.alert, this.fields.label, this.fields.ttl,
    element("fieldset", {}, element("legend", {}, phrase("request.kinds.ask")),
      choice(any, phrase("request.kinds.any")), choice(onlyText, phrase("request.kinds.text"))),
    element("div", { class: "actions" }, this.go), this.who);
  }

  show() {
    fill(this.alert);
    this.signal = show(phrase("request.ask"),
      element("p", { class: "lead" }, phrase("request.ask.lead")), this.form);
    fill(this.who, ...whoIsIt());
    import("./asking.js").catch(() => {}); // Whoever asks is told.
    sayAgain(); // The language may be another one than when this was left.
  }

  async ask() {
    const { signal } = this;
    const order = {
      ttl: Number(this.ttl.value),
      ...(this.label.value.trim() && { label: this.label.value.trim() }),
      ...(this.onlyText.checked && { kinds: ["text"] }),
    };
    this.go.disabled = true;
    try {
      const [{ makeRequest }, { showAsked }] = await Promise.all([
        import("./asking.js"), import("./asked.js"),
      ]);
      const asked = await makeRequest(callAsPerson, order, signal);
      draft = null;
      showAsked(asked);
    } catch (error) {
      if (!signal.aborted) this.explain(error);
    } finally {
      this.go.disabled = false;
    }
  }

  /** Say what went wrong, above what was put in. */
  explain(error) {
    const name = error.extensions?.field ?? "";
    if (Object.hasOwn(this.fields, name)) return this.fields[name].showError(phrase("send.refused"));
    if (isOver(error)) {
      return fill(this.alert, element("h2", {}, phrase("people.again")),
        element("p", {}, phrase("send.kept")), signInPart(() => this.show()));
    }
    const { title, body, passing, until } = explain(error);
    fill(this.alert, element("h2", {}, title),
      (passing || ASKERS.has(error.type)) && element("p", {}, body),
      untilLine(until), element("p", {}, phrase("send.kept")));
    this.alert.scrollIntoView({ block: "nearest" });
  }
}
