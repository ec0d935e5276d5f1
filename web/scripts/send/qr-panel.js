/** A panel that shows a link as a QR code. */

import { explain } from "../problems.js";
import { element, fill } from "../view.js";
import { phrase } from "../words.js";

/**
 * Drawn when it is asked for, so that nobody photographs it in passing.
 * @param {string} link
 * @param {() => void} seen
 */
export function qrPanel(link, seen) {
  const place = element("div");
  const summary = element("summary", {}, phrase("sent.qr"));
  const panel = element("details", { ontoggle: draw }, summary, place);
  return panel;

  async function draw() {
    if (!panel.open) return fill(place);
    try {
      const { drawQr, encodeQr } = await import("./qr.js");
      fill(place, drawQr(encodeQr(link), phrase("sent.qr")()));
      seen();
    } catch (error) {
      fill(place, element("p", {}, explain(error).title));
    }
  }
}
