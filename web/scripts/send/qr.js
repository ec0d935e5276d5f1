/** A link as a QR code, so that it gets onto a phone without a message. */

import { findVersion, makeCodewords } from "./qr/codewords.js";
import { makeMatrix } from "./qr/matrix.js";

const SVG = "http://www.w3.org/2000/svg";
// Scanners need a light border of four modules around the code.
const BORDER = 4;

/**
 * The code of a text, in UTF-8.
 * @param {string} text
 * @returns {import("./qr/matrix.js").Matrix}
 * @throws {RangeError} if it is longer than the largest code holds
 */
export function encodeQr(text) {
  const bytes = new TextEncoder().encode(text);
  const version = findVersion(bytes.length);
  return makeMatrix(makeCodewords(bytes, version), version);
}

/**
 * The code as a picture, dark on light also where the page is dark: not every scanner reads the
 * reverse.
 * @param {import("./qr/matrix.js").Matrix} matrix
 * @param {string} description what screen readers say instead
 * @returns {SVGSVGElement}
 */
export function drawQr(matrix, description) {
  const side = matrix.size + 2 * BORDER;
  const picture = make("svg", { viewBox: `0 0 ${side} ${side}`, role: "img", class: "qr" });
  picture.setAttribute("aria-label", description);
  picture.append(
    make("rect", { width: side, height: side, fill: "#fff" }),
    make("path", { d: outline(matrix), fill: "#000", "shape-rendering": "crispEdges" }),
  );
  return picture;
}

/** Each row's dark runs as rectangles of one path. */
function outline(matrix) {
  let path = "";
  for (let y = 0; y < matrix.size; y += 1) {
    for (let x = 0; x < matrix.size; x += 1) {
      if (!matrix.isDark(x, y)) continue;
      const begin = x;
      while (x + 1 < matrix.size && matrix.isDark(x + 1, y)) x += 1;
      path += `M${begin + BORDER} ${y + BORDER}h${x + 1 - begin}v1h${begin - x - 1}z`;
    }
  }
  return path;
}

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
