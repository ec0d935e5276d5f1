/** What was sent: the link, shown once, and the ways to pass it on. */

import { announce, button, element, factsList, fill, show } from "../view.js";
import { formatTime, phrase } from "../words.js";
import { copyButton, shareButton } from "./copy.js";
import { History } from "./history.js";
import { qrPanel } from "./qr-panel.js";
import { recipientsList } from "./recipients-field.js";

/**
 * @param {import("./sealing.js").Sent} sent
 * @param {import("./sealing.js").Order} order
 */
export function showSent(sent, order) {
  const { max_views: views } = sent.receipt;
  const named = recipientsList(sent.receipt.recipients);
  let passedOn = false;
  const pass = () => (passedOn = true);
  const link = element("p", { class: "secret link", dir: "ltr", translate: "no", tabindex: "-1" });
  link.textContent = sent.link;
  const left = show(
    phrase("sent.title"),
    element("p", { class: "lead" }, phrase("sent.lead")),
    link,
    element("div", { class: "actions" },
      copyButton(phrase("sent.copy"), sent.link, link, { class: "main", copied: pass }),
      shareButton(phrase("sent.share"), sent.link, pass)),
    qrPanel(sent.link, pass),
    order.passphrase && showPassphrase(order.passphrase),
    factsList(
      [phrase("peek.until"), () => formatTime(sent.receipt.expires_at)],
      [phrase("peek.views"), phrase("peek.views.of", { left: views, max: views })],
      named && [phrase("named.only"), named]),
    receiptPart(sent),
    historyPart(sent),
    element("div", { class: "actions" }, button(phrase("sent.another"), again)),
  );
  window.addEventListener("beforeunload", (event) => {
    if (!passedOn) event.preventDefault();
  }, { signal: left });
}

function showPassphrase(passphrase) {
  const shown = element("p", { class: "secret", dir: "ltr", translate: "no", tabindex: "-1" });
  shown.textContent = passphrase;
  return element("section", {},
    element("h2", {}, phrase("passphrase")),
    element("p", {}, phrase("sent.ways")),
    shown,
    element("div", { class: "actions" }, copyButton(phrase("text.copy"), passphrase, shown)));
}

function receiptPart({ receiptLink }) {
  const shown = element("p", { class: "link", dir: "ltr", translate: "no", tabindex: "-1" });
  shown.textContent = receiptLink;
  const href = new URL(receiptLink).hash;
  return element("section", {},
    element("h2", {}, phrase("receipt.title")),
    element("p", {}, phrase("sent.receipt.about")),
    shown,
    element("div", { class: "actions" },
      element("a", { class: "button", href }, phrase("sent.receipt.see")),
      copyButton(phrase("text.copy"), receiptLink, shown)));
}

/** Kept in this browser if that is wanted: not before somebody says so. */
function historyPart({ receipt, receiptToken }) {
  const history = new History();
  const entry = {
    id: receipt.id,
    receiptToken,
    kind: receipt.kind,
    label: receipt.label ?? "",
    createdAt: receipt.created_at,
    expiresAt: receipt.expires_at,
  };
  const part = element("div");
  history.add(entry);
  if (history.wanted) showKept();
  else {
    fill(part, element("p", { class: "hint" }, phrase("history.about")), element("div",
      { class: "actions" }, button(phrase("history.begin"), begin)));
  }
  return part;

  function begin() {
    const began = history.begin();
    history.add(entry);
    if (began) showKept();
    else fill(part, element("p", {}, phrase("history.refused")));
    announce(phrase(began ? "history.kept" : "history.refused"));
  }

  function showKept() {
    fill(part, element("p", {}, phrase("history.kept"), " ",
      element("a", { href: "#history" }, phrase("history.title"))));
  }
}

async function again() {
  const { run } = await import("./send.js");
  await run();
}
