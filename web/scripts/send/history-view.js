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
      const start = button(phrase("history.begin"), begin);
      return fill(place, element("div", { class: "actions" }, start));
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
      button(phrase("history.forget"), forget, { class: "main", "aria-describedby": "forgetting" }),
      button(phrase("confirm.no"), () => (showPlace(), focusFirst())));
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
  const time = () => formatTime(entry.createdAt);
  const words = entry.label ? () => entry.label : phrase("sent.receipt.see");
  return element("li", {},
    button(words, () => showReceipt(entry), { class: "plain", dir: "auto" }),
    element("span", { class: "quiet" }, time));
}
