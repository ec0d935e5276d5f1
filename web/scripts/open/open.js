/**
 * Opening a link: look what is there, say it, and wait for a deliberate gesture.
 *
 * Nothing here uses a view. What does (`opening.js`) is loaded before it is needed, so that a script
 * that can't be loaded costs nobody a view.
 *
 * @typedef {import("../format/links.js").Link} Link
 * @typedef {typeof call} Door where the recipient's calls go: each takes the same ones
 */

import { BASE, Problem, call, isSignedOut } from "../api.js";
import { LinkError, lacksKey, parseFragment } from "../format/links.js";
import { announce, button, element, factsList, field, show, showLater } from "../view.js";
import { formatRelative, formatSize, formatTime, phrase } from "../words.js";

// What is only for those who say who they are.
const FOR_NAMED = new Set(["recipient-required", "not-the-recipient", "email-unverified"]);
// Somebody may paste another link while one is slow: only the last one is shown.
let latest = null;

/** The door that needs nothing but the link. @type {Door} */
const anybody = (method, path, options) => call(method, `v1/${path}`, options);

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
 * @param {Door} [door]
 */
export async function openLink(link, door = anybody) {
  latest = link;
  const stop = showLater(phrase("shell.moment"), () => latest === link);
  try {
    const peeked = await door("GET", `secrets/${link.id}`, { token: link.token });
    if (latest !== link) return;
    if (peeked?.id !== link.id) throw new Problem("foreign");
    if (lacksKey(link, peeked)) return showBadLink("incomplete");
    if (peeked.frozen) throw new Problem("frozen", 423);
    await showClosed(link, peeked, door);
  } catch (error) {
    if (latest !== link) return;
    if (await isOurs(link, error)) return openAgain(link, door);
    await showProblem(error, link, door);
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
async function openAgain(link, door) {
  try {
    const { open } = await import("./opening.js");
    await open(link, { passphrase: false, max_views: Infinity }, null, door);
  } catch (error) {
    if (error.type !== "passphrase-required") return showProblem(error, link, door);
    const again = { passphrase: true, max_views: Infinity, views_left: 0, again: true };
    await showClosed(link, again, door);
  }
}

/** Say what is there, and what opening it does. */
async function showClosed(link, peeked, door) {
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
  const who = door !== anybody && (await import("../send/session.js")).whoIsIt();
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
    who && element("p", { class: "quiet" }, ...who),
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
      await open(link, peeked, passphrase ? input.value : null, door);
    } catch (error) {
      if (error.type === "passphrase-wrong") return guessAgain(error.extensions.attempts_left);
      await showProblem(error, link, door);
    }
  }

  function guessAgain(count) {
    if (count === 0) return openLink(link, door);
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
 * @param {Link} link
 * @param {Door} door
 */
async function showProblem(error, link, door) {
  if (FOR_NAMED.has(error.type) || isSignedOut(error)) return showForNamed(error, link, door);
  const { explain, untilLine } = await import("../problems.js");
  const { title, body, passing, until } = explain(error);
  const retry = button(phrase("problem.again"), () => openLink(link, door), { class: "main" });
  show(
    title,
    element("p", { class: "lead" }, body),
    untilLine(until),
    passing && element("div", { class: "actions" }, retry),
  );
}

/** The link waits in this tab while somebody says who they are. */
async function showForNamed(error, link, door) {
  const named = await import("./named.js");
  if (latest !== link) return;
  await named.showForNamed(error, {
    isNew: door === anybody,
    isWanted: () => latest === link,
    open: () => openLink(link),
    openAsPerson: () => openLink(link, named.callAsPerson),
  });
}
