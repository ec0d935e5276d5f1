/** The list of what was sent from this browser, if its user wants one. */

import { button, element, fill, show } from "../view.js";
import { formatTime, phrase } from "../words.js";
import { History } from "./history.js";
import { showReceipt } from "./receipt.js";
import { loadStyle } from "./style.js";

/** Show it, or offer it. */
export async function run() {
  await loadStyle();
  const history = new History();
  const place = element("div");
  show(phrase("history.title"), element("p", {}, phrase("history.about")), place);
  showPlace();

  function showPlace() {
    if (!history.wanted) {
      return fill(place, element("div", { class: "actions" }, button(phrase("history.begin"), begin)));
    }
    const entries = history.list();
    fill(place,
      entries.length > 0
        ? element("ul", { class: "sent" }, ...entries.map(row))
        : element("p", { class: "quiet" }, phrase("history.empty")),
      element("div", { class: "actions" }, button(phrase("history.forget"), confirmForgetting)));
  }

  function begin() {
    if (history.begin()) showPlace();
    else fill(place, element("p", {}, phrase("history.refused")));
    focusFirst();
  }

  function confirmForgetting() {
    fill(place.lastElementChild,
      element("p", { id: "forgetting" }, phrase("history.forget.sure")),
      button(phrase("history.forget.yes"), forget, { class: "main", "aria-describedby": "forgetting" }),
      button(phrase("history.forget.no"), () => (showPlace(), focusFirst())));
    focusFirst();
  }

  function forget() {
    history.forget();
    showPlace();
    focusFirst();
  }

  function focusFirst() {
    place.querySelector(".actions button")?.focus();
  }
}

function row(entry) {
  const kind = phrase(`receipt.kind.${entry.kind === "text" ? "text" : "file"}`);
  return element("li", {},
    button(entry.label ? () => entry.label : kind, () => showReceipt(entry), { class: "plain", dir: "auto" }),
    element("span", { class: "quiet" }, () => formatTime(entry.createdAt)));
}
