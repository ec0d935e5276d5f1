/**
 * A text that was revealed: shown as text and never as markup, to be copied, saved or hidden. It
 * leaves the page by itself, unless its reader keeps it there.
 */

import { announce, button, element, fill, show } from "../view.js";
import { formatClock, phrase } from "../words.js";
import { copy, emptyClipboard } from "./clipboard.js";
import { saveInMemory } from "./saving.js";

/** How long it is shown, in seconds. */
const SHOWN_FOR = 180;
/** After this long before somebody's eyes it counts as received, in milliseconds. */
const SEEN_AFTER = 5000;
const NAME = "secret.txt";

/**
 * @param {string} text
 * @param {import("./reveal.js").View} view
 */
export function showText(text, view) {
  let copied = false;
  let stop = null; // what stops the countdown; null before it began
  let staying = false;
  const secret = element("pre", {
    class: "secret",
    dir: "auto",
    translate: "no",
    tabindex: "0",
    role: "group",
    "aria-label": phrase("text.label"),
  }, document.createTextNode(text));
  const status = element("p", { class: "quiet" });
  const countdown = element("span", { class: "countdown" });
  const keep = button(phrase("text.keep"), () => keepIt(), { class: "plain" });
  const signal = show(
    phrase("text.title"),
    secret,
    element("div", { class: "actions" },
      button(phrase("text.copy"), () => copyIt(), { class: "main" }),
      button(phrase("text.save"), () => saveIt()),
      button(phrase("text.hide"), () => hideIt())),
    status,
    element("p", { class: "quiet" }, describeViews(view)),
    element("p", { class: "quiet" }, countdown, " ", keep),
  );
  const confirm = once(() => view.confirm());
  showClock(SHOWN_FOR);
  // What nobody has seen yet stays: whoever has put the phone away finds it.
  whenSeen(signal, once(() => {
    confirm();
    if (!staying) stop = countDown(SHOWN_FOR, signal, showClock, hideIt);
  }));

  function showClock(seconds) {
    fill(countdown, phrase("text.clears", { time: () => formatClock(seconds) }));
  }

  async function copyIt() {
    copied = await copy(text, secret);
    confirm();
    say(copied ? "text.copied" : "text.marked");
  }

  function saveIt() {
    saveInMemory(NAME, [text]);
    confirm();
    say("text.saved");
  }

  function say(key) {
    fill(status, phrase(key));
    announce(phrase(key));
  }

  function keepIt() {
    staying = true;
    stop?.();
    fill(countdown, phrase("text.kept"));
    keep.remove();
    announce(phrase("text.kept"));
    secret.focus();
  }

  function hideIt() {
    confirm();
    text = "";
    showHidden(view, copied);
  }
}

/** What is left when the text is gone from the page. */
function showHidden(view, copied) {
  const status = element("p", { class: "quiet" }, copied && phrase("hidden.clipboard"));
  const empty = button(phrase("clipboard.empty"), async () => {
    const emptied = await emptyClipboard();
    fill(status, phrase(emptied ? "clipboard.emptied" : "clipboard.refused"));
    announce(phrase(emptied ? "clipboard.emptied" : "clipboard.refused"));
    if (emptied) empty.remove();
  });
  show(
    phrase("hidden.title"),
    element("p", { class: "lead" }, describeViews(view)),
    copied && status,
    copied && element("div", { class: "actions" }, empty),
  );
}

/** What a view has left for others. */
export function describeViews({ viewsLeft: count }) {
  return count === 0 ? phrase("views.none") : phrase("views.more", { count });
}

/** Call `act` once this was before somebody's eyes for a moment. */
function whenSeen(signal, act) {
  let timer = null;
  const look = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") timer = setTimeout(act, SEEN_AFTER);
  };
  look();
  document.addEventListener("visibilitychange", look, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
}

/** Count seconds down by the clock, which goes on while a phone sleeps. Returns what stops it. */
function countDown(seconds, signal, tick, end) {
  const until = Date.now() + seconds * 1000;
  const step = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) return tick(left);
    stop();
    end();
  };
  const timer = setInterval(step, 1000);
  const stop = () => clearInterval(timer);
  signal.addEventListener("abort", stop);
  step();
  return stop;
}

function once(act) {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}
