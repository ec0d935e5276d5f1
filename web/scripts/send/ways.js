/** By which ways content may travel. It is known before anything is encrypted. */

// What each way is limited by. It takes nothing where that is 0.
const LIMITS = { text: "max_secret_bytes", file: "max_file_bytes", upload: "max_upload_bytes" };

import { packDescription } from "../format/content.js";
import { encryptedSize, fittingSize, paddedSize } from "../format/padding.js";

/**
 * How content of this size has to travel, and how large it is then.
 * @param {import("./sealing.js").Content} content
 * @param {{max_secret_bytes: number, max_file_bytes: number, max_upload_bytes: number}} limits
 * @returns {{ways: ("text"|"file"|"upload")[], fits: boolean}} the ways to try in turn
 */
export function chooseWays({ blob, description }, limits) {
  const plain = packDescription(description).length + blob.size;
  const size = encryptedSize(paddedSize(plain));
  const ways = [];
  if (!description.filename && size <= limits.max_secret_bytes) ways.push("text");
  if (size <= limits.max_file_bytes) ways.push("file");
  if (encryptedSize(fittingSize(plain)) <= limits.max_upload_bytes) ways.push("upload");
  return { ways, fits: ways.length > 0 };
}

/**
 * The limits of a server for one who takes less.
 * @param {Record<string, number>} limits
 * @param {object} taken
 * @param {string[]} taken.kinds
 * @param {number} taken.max_bytes
 * @returns {Record<string, number>}
 */
export function narrowLimits(limits, { kinds, max_bytes: most }) {
  const narrowed = Object.entries(LIMITS).map(([kind, name]) => (
    [name, kinds.includes(kind) ? Math.min(limits[name], most) : 0]
  ));
  return { ...limits, ...Object.fromEntries(narrowed) };
}

/**
 * The most bytes that are taken by any way; 0 for none.
 * @param {Record<string, number>} limits
 * @param {("text"|"file"|"upload")[]} [kinds]
 */
export function largest(limits, kinds = Object.keys(LIMITS)) {
  return Math.max(...kinds.map((kind) => limits[LIMITS[kind]]));
}
