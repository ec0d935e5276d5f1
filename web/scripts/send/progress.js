/** How far it is, while something is packed, encrypted and sent. */

import { announce, button, element, fill, show } from "../view.js";
import { formatSize, phrase } from "../words.js";

/** Screen readers are told of progress in such steps, in percent. */
const TOLD_STEP = 25;

/**
 * Show how far it is. Leaving stops it.
 * @param {AbortController} stop
 * @returns {{left: AbortSignal,
 *   progress: (phase: "pack"|"encrypt"|"send", done: number, total: number) => void}}
 */
export function showProgress(stop) {
  const bar = element("progress", { "aria-label": phrase("shell.moment") });
  const doing = element("p", { class: "lead" }, phrase("sending.encrypt"));
  const far = element("p", { class: "countdown" });
  const left = show(phrase("shell.moment"), doing, bar, far,
    element("div", { class: "actions" }, button(phrase("file.cancel"), () => stop.abort())));
  left.addEventListener("abort", () => stop.abort());
  let told = "";
  return { left, progress };

  function progress(phase, done, total) {
    Object.assign(bar, { max: total, value: done });
    const values = { done: () => formatSize(done), total: () => formatSize(total) };
    fill(doing, phrase(`sending.${phase}`));
    fill(far, phrase("file.progress", values));
    const step = `${phase} ${Math.floor((100 * done) / total / TOLD_STEP)}`;
    if (step !== told) announce(() => `${phrase(`sending.${phase}`)()} ${far.textContent}`);
    told = step;
  }
}
