/**
 * Opening a link: look what is there, say it, and wait for a deliberate gesture.
 *
 * Nothing here uses a view. What does (`opening.js`) is loaded before it is needed, so that a script
 * that can't be loaded costs nobody a view.
 *
 * @typedef {import("../format/links.js").Link} Link
 */

import { BASE, Problem, call } from "../api.js";
import { LinkError, lacksKey, parseFragment } from "../format/links.js";
import { announce, button, element, factsList, field, show, showLater } from "../view.js";
import { formatRelative, formatSize, formatTime, phrase } from "../words.js";

// Somebody may paste another link while one is slow: only the last one is shown.
let latest = null;

/**
 * Open the link that the page was called with.
 * @param {string} fragment
 */
export async function run(fragment) {
  latest = null;
  try {
    await openLink(await parseFragment(fragment, BASE.slice(0, -1)));
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    showBadLink(error.reason);
  }
}

/**
 * Look at what a link leads to, and say it.
 * @param {Link} link
 */
export async function openLink(link) {
  latest = link;
  const stop = showLater(phrase("shell.moment"), () => latest === link);
  try {
    const peeked = await call("GET", `v1/secrets/${link.id}`, { token: link.token });
    if (latest !== link) return;
    if (peeked?.id !== link.id) throw new Problem("foreign");
    if (lacksKey(link, peeked)) return showBadLink("incomplete");
    if (peeked.frozen) throw new Problem("frozen", 423);
    await showClosed(link, peeked);
  } catch (error) {
    if (latest !== link) return;
    if (await isOurs(link, error)) return openAgain(link);
    await showProblem(error, () => openLink(link));
  } finally {
    stop();
  }
}

/** All views are used, perhaps by this tab: a reload has lost the answer, and it may be had again. */
async function isOurs(link, error) {
  if (error.type !== "gone" || error.extensions.state !== "revealed") return false;
  const { hasUnfinished } = await import("./unfinished.js");
  return hasUnfinished(link.id);
}

/**
 * Whoever has no claim gets no more than the same "gone", so this needs no gesture. Which of its views it
 * was, this tab does not know any more, so it asks for one after the other.
 */
async function openAgain(link) {
  try {
    const { open } = await import("./opening.js");
    await open(link, { passphrase: false, max_views: Infinity }, null);
  } catch (error) {
    if (error.type !== "passphrase-required") return showProblem(error, () => openLink(link));
    await showClosed(link, { passphrase: true, max_views: Infinity, views_left: 0, again: true });
  }
}

/** Say what is there, and what opening it does. */
async function showClosed(link, peeked) {
  if (!(await canBeSaved(peeked))) return showTooLarge(peeked);
  const { askForHolding } = await import("./hold.js");
  const input = element("input", {
    type: "password",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
  });
  const passphrase = peeked.passphrase && passphraseField(input);
  const gesture = askForHolding(phrase("hold.button"), openNow);
  const goOn = (event) => {
    event.preventDefault();
    gesture.focus();
  };
  const uses = phrase("peek.uses", { count: peeked.views_left });
  show(
    phrase(`peek.title.${peeked.again ? "again" : peeked.kind === "text" ? "text" : "file"}`),
    element("p", { class: "lead" }, peeked.again ? phrase("peek.again") : uses),
    !peeked.again && describe(peeked),
    passphrase && element("form", { novalidate: true, onsubmit: goOn }, passphrase),
    gesture.element,
  );
  import("./opening.js").catch(() => {}); // Whoever opens it is told.

  async function openNow() {
    if (passphrase && !input.value) {
      gesture.rest();
      return passphrase.showError(phrase("passphrase.empty"));
    }
    announce(phrase("open.working"));
    try {
      const { open } = await import("./opening.js");
      await open(link, peeked, passphrase ? input.value : null);
    } catch (error) {
      if (error.type === "passphrase-wrong") return guessAgain(error.extensions.attempts_left);
      await showProblem(error, () => openLink(link));
    }
  }

  function guessAgain(count) {
    if (count === 0) return openLink(link);
    gesture.rest();
    input.value = "";
    passphrase.showError(phrase(`passphrase.wrong.${peeked.on_lock ?? "burn"}`, { count }));
  }
}

/** Whether this browser can take what is there. Asked before a view is used: another one may be able to. */
async function canBeSaved({ kind, size, again }) {
  if (kind === "text" || again) return true;
  const { findWay } = await import("./saving.js");
  return (await findWay(size)) !== null;
}

function showTooLarge(peeked) {
  show(phrase("peek.title.file"), element("p", { class: "lead" }, phrase("file.large")), describe(peeked));
}

function describe(peeked) {
  const { views_left: count, max_views: max, expires_at: until } = peeked;
  const values = { time: () => formatTime(until), relative: () => formatRelative(until) };
  const size = { size: () => formatSize(peeked.size) };
  return factsList(
    // What the sender encrypted is padded, so that nobody learns its length.
    [phrase("peek.size"), peeked.encrypted ? phrase("peek.size.most", size) : size.size],
    [phrase("peek.views"), phrase("peek.views.of", { left: count, max })],
    [phrase("peek.until"), phrase("peek.until.time", values)],
    [phrase("passphrase"), phrase(peeked.passphrase ? "peek.passphrase.yes" : "peek.passphrase.no")],
    [phrase("peek.encrypted"), phrase(peeked.encrypted ? "peek.by.sender" : "peek.by.server")],
  );
}

function passphraseField(input) {
  const toggle = button(phrase("passphrase.show"), () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(shown));
  }, { "aria-pressed": "false" });
  return field(phrase("passphrase"), input, phrase("passphrase.hint"), toggle);
}

/** @param {string} reason of a LinkError */
function showBadLink(reason) {
  const kind = reason === "incomplete" ? "incomplete" : "none";
  show(phrase(`link.${kind}.title`), element("p", { class: "lead" }, phrase(`link.${kind}`)));
}

/**
 * @param {unknown} error
 * @param {() => void} again
 */
async function showProblem(error, again) {
  const { explain, untilLine } = await import("../problems.js");
  const { title, body, passing, until } = explain(error);
  const retry = button(phrase("problem.again"), again, { class: "main" });
  show(
    title,
    element("p", { class: "lead" }, body),
    untilLine(until),
    passing && element("div", { class: "actions" }, retry),
  );
}
