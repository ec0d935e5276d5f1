/** By which ways content may travel. It is known before anything is encrypted. */

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
  const ways = ["upload"];
  if (size <= limits.max_file_bytes) ways.unshift("file");
  if (!description.filename && size <= limits.max_secret_bytes) ways.unshift("text");
  return { ways, fits: encryptedSize(fittingSize(plain)) <= limits.max_upload_bytes };
}
