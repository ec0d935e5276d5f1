/** What was asked for: a link to send, and one to keep. Both are shown once. */

import { copyButton, shareButton } from "../send/copy.js";
import { qrPanel } from "../send/qr-panel.js";
import { button, element, factsList, fill, show } from "../view.js";
import { formatTime, phrase } from "../words.js";

/** @param {import("./asking.js").Asked} asked */
export function showAsked({ send, keep, request }) {
  const onwards = element("div", { class: "actions" });
  const left = show(
    phrase("request.asked.title"),
    sendPart(send),
    keepPart(keep, whenKept),
    factsList(
      request.label && [phrase("request.label"), element("bdi", {}, String(request.label))],
      [phrase("peek.until"), () => formatTime(request.expires_at)]),
    onwards,
  );
  let kept = false;
  window.addEventListener("beforeunload", (event) => {
    if (!kept) event.preventDefault();
  }, { signal: left });

  /** What leads away from here is offered once nothing is lost by it. */
  function whenKept() {
    if (kept) return;
    kept = true;
    fill(onwards, button(phrase("request.asked.another"), again),
      element("a", { class: "button", href: new URL(keep).hash }, phrase("request.asked.look")));
  }
}

function sendPart(link) {
  const shown = linkText(link, "secret link");
  const sent = () => {};
  return element("section", {},
    element("h2", {}, phrase("request.asked.send")),
    element("p", {}, phrase("request.asked.send.about")),
    shown,
    element("div", { class: "actions" },
      copyButton(phrase("sent.copy"), link, shown, { class: "main" }),
      shareButton(phrase("sent.share"), link, sent)),
    qrPanel(link, sent));
}

function keepPart(link, whenKept) {
  const shown = linkText(link, "secret link keep");
  // Where the browser does not copy by itself, people do.
  shown.addEventListener("copy", whenKept);
  return element("section", {},
    element("h2", {}, phrase("request.asked.keep")),
    element("p", {}, phrase("request.asked.keep.about")),
    shown,
    element("div", { class: "actions" },
      copyButton(phrase("request.asked.keep.copy"), link, shown, { copied: whenKept })));
}

function linkText(link, className) {
  const shown = element("p", { class: className, dir: "ltr", translate: "no", tabindex: "-1" });
  shown.textContent = link;
  return shown;
}

async function again() {
  const { run } = await import("./ask.js");
  await run();
}
