/** What a sender may ask for: how long, how often, for whom, a passphrase, a label. */

import { element, field, fill } from "../view.js";
import { formatDuration, phrase } from "../words.js";
import { choice, radio } from "./choices.js";
import { generatorPanel } from "./generator-panel.js";
import { recipientsField } from "./recipients-field.js";
import { estimateBits, levelOf } from "./strength.js";

const LIVES = [900, 3600, 4 * 3600, 86_400, 3 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400];
const LONGEST = { passphrase: 1024, label: 256 };

/**
 * A choice of the usual lives.
 * @param {Record<string, number>} limits
 * @returns {HTMLSelectElement} whose value is in seconds
 */
export function lifeSelect(limits) {
  return element("select", {}, ...livesWithin(limits).map((seconds) => (
    element("option", { value: seconds }, () => formatDuration(seconds))
  )));
}

/** A line of text that no browser completes. */
export function labelInput() {
  return plainInput(LONGEST.label, { dir: "auto" });
}

/**
 * @param {Record<string, number>} limits
 * @param {boolean} people whether there is a sign-in to know people by
 */
export function termsFields(limits, people) {
  const ttl = lifeSelect(limits);
  const views = element("input", {
    type: "number", min: 1, max: limits.max_views, inputmode: "numeric", autocomplete: "off",
  });
  const label = labelInput();
  const passphrase = passphraseField();
  const recipients = recipientsField(people);
  const fields = {
    ttl: field(phrase("send.ttl"), ttl),
    views: field(phrase("send.views"), views),
    passphrase: passphrase.field,
    label: field(phrase("send.label"), label, phrase("send.label.hint")),
    recipients: recipients.field,
  };
  const whole = element("div", {},
    element("div", { class: "pair" }, fields.ttl, fields.views),
    recipients.element,
    element("details", { class: "more" },
      element("summary", {}, phrase("send.more")),
      element("div", {}, passphrase.element, fields.label)));
  clear();
  return { element: whole, read, clear, showError };

  /**
   * @returns {import("./sealing.js").Order|null} null if something is wrong, which is shown then
   */
  function read() {
    const count = Number(views.value);
    const within = Number.isInteger(count) && count >= 1 && count <= limits.max_views;
    fields.views.showError(within ? null : phrase("send.views.range", { max: limits.max_views }));
    const named = recipients.read();
    if (!within || named === null) return null;
    return {
      ttl: Number(ttl.value),
      views: count,
      passphrase: passphrase.value,
      onLock: passphrase.onLock,
      label: label.value.trim(),
      recipients: named,
    };
  }

  /**
   * Show that the server refuses a field. @returns {boolean} whether there is such a field
   * @param {string} name
   */
  function showError(name) {
    if (!Object.hasOwn(fields, name)) return false;
    const folded = fields[name].closest("details");
    if (folded) folded.open = true;
    fields[name].showError(phrase("send.refused"));
    return true;
  }

  function clear() {
    ttl.value = limits.default_ttl;
    views.value = 1;
    label.value = "";
    passphrase.clear();
    recipients.clear();
  }
}

/** The usual lives that are allowed, and the one that is meant if nothing is said. */
function livesWithin({ min_ttl: least, max_ttl: most, default_ttl: usual }) {
  const allowed = LIVES.filter((seconds) => seconds >= least && seconds <= most);
  return [...new Set([...allowed, usual])].sort((a, b) => a - b);
}

/** A passphrase, a hint how hard it is to guess, and what wrong ones do. */
function passphraseField() {
  // Shown as it is typed: somebody has to pass it on.
  const input = plainInput(LONGEST.passphrase, { dir: "ltr" });
  const made = field(phrase("passphrase"), input, phrase("send.passphrase.hint"));
  const strength = element("p", { class: "strength", role: "status" });
  const group = crypto.randomUUID();
  const [burn, freeze] = [radio(group, true), radio(group, false)];
  const onLock = element("fieldset", { hidden: true },
    element("legend", {}, phrase("send.lock")),
    choice(burn, phrase("send.lock.burn")), choice(freeze, phrase("send.lock.freeze")));
  // What was generated here is as hard to guess as it was made; of the rest, one can only doubt.
  let generated = { value: "", bits: 0 };
  const generator = generatorPanel(phrase("generate.passphrase"), true, (value, bits) => {
    generated = { value, bits };
    input.value = value;
    showStrength();
    input.focus();
  });
  input.addEventListener("input", showStrength);

  function showStrength() {
    const { value } = input;
    const level = levelOf(value === generated.value ? generated.bits : estimateBits(value));
    strength.dataset.level = value ? level : "";
    fill(strength, value !== "" && phrase(`send.strength.${level}`));
    onLock.hidden = value === "";
  }

  return {
    field: made,
    element: element("div", {}, made, strength, generator, onLock),
    get value() {
      return input.value;
    },
    get onLock() {
      return freeze.checked ? "freeze" : "burn";
    },
    clear() {
      generated = { value: "", bits: 0 };
      input.value = "";
      burn.checked = true;
      showStrength();
    },
  };
}

function plainInput(maxlength, properties) {
  return element("input", {
    type: "text", maxlength, autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    ...properties,
  });
}
