/** What the page shows without a link: a place to paste one, and the way to send. */

import { BASE } from "./api.js";
import { loadConfig } from "./config.js";
import { button, element, field, fill, show } from "./view.js";
import { hasUnfinished } from "./open/unfinished.js";
import { goOn } from "./send/next.js";
import { phrase } from "./words.js";

// Links that lead elsewhere than to a secret.
const OTHERS = {
  request: () => import("./request/submit.js"),
  answer: () => import("./request/answer.js"),
  receipt: () => import("./send/receipt.js"),
};

/** Show it. */
export async function run() {
  if (await goOn()) return;
  const input = element("input", {
    type: "text",
    dir: "ltr",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    required: true,
  });
  const link = field(phrase("start.link"), input, phrase("start.link.hint"));
  const look = element("button", { class: "main" }, phrase("start.look"));
  const form = element("form", { novalidate: true, onsubmit: open }, link,
    element("div", { class: "actions" }, look));
  const sending = element("div");
  const lead = hasUnfinished() ? "start.unfinished" : "start.lead";
  show(phrase("start.title"), element("p", { class: "lead" }, phrase(lead)), form, sending);
  if ((await loadConfig()).people_auth) fill(sending, ...offerSending());

  async function open(event) {
    event.preventDefault();
    const { parseFragment, splitLink, LinkError } = await import("./format/links.js");
    try {
      const { base, fragment } = splitLink(input.value);
      const word = fragment.split(".")[0];
      const parsed = Object.hasOwn(OTHERS, word) ? null : await parseFragment(fragment, base);
      if (`${base}/` !== BASE) {
        const host = new URL(base).host;
        return link.showError(phrase("start.elsewhere", { host }));
      }
      if (!parsed) {
        const { run: show } = await OTHERS[word]();
        input.value = "";
        return await show(fragment);
      }
      const { openLink } = await import("./open/open.js");
      input.value = "";
      await openLink(parsed);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      link.showError(phrase(error.reason === "incomplete" ? "link.incomplete" : "link.none"));
    }
  }
}

function offerSending() {
  return [
    element("h2", {}, phrase("start.send.title")),
    element("div", { class: "actions" },
      button(phrase("start.send"), () => (location.hash = "send")),
      button(phrase("request.ask"), () => (location.hash = "ask"))),
  ];
}
