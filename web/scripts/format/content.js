/**
 * What a secret is, packed in front of its bytes before both are encrypted.
 *
 *     content = length of media type (2) || length of name (2) || media type || name || bytes
 *
 * Lengths are big-endian, texts UTF-8. No server learns a file's name.
 *
 * @typedef {object} Description
 * @property {string} mediaType as the sender has it: never let a browser act on it, as on HTML
 * @property {string} filename empty for a text
 */

import { Damaged } from "./aes128gcm.js";
import { concat, decodeText, encodeText, prepend } from "./bytes.js";

export const TEXT = "text/plain; charset=utf-8";
export const BYTES = "application/octet-stream";
const NAMELESS = "secret";
const LENGTHS = 4;
const LONGEST_NAME = 255;
// RFC 9110, section 8.3.1: a type, a subtype, and parameters without anything unusual.
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+( *; *[\w.+-]+=[\w.+-]+)*$/;
// What Windows does not take in a name, and the names of its devices.
const UNUSABLE = /[<>:"|?*]/g;
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
// Nothing invisible; a right-to-left mark makes `gpj.exe` look like `exe.jpg`.
const INVISIBLE = /(?! )[\p{C}\p{Z}]/gu;

/**
 * The bytes that come before the secret's own. What a browser thinks a file is may be no media type;
 * it is sent as mere bytes then.
 * @param {Description} description
 * @returns {Uint8Array}
 * @throws {RangeError} if the name is too long, or no text
 */
export function packDescription({ mediaType, filename }) {
  if ([...filename].length > LONGEST_NAME) throw new RangeError("the name is too long");
  const known = mediaType.length <= LONGEST_NAME && MEDIA_TYPE.test(mediaType);
  const type = encodeText(known ? mediaType : BYTES);
  const name = encodeText(filename);
  const lengths = new DataView(new ArrayBuffer(LENGTHS));
  lengths.setUint16(0, type.length);
  lengths.setUint16(2, name.length);
  return concat(new Uint8Array(lengths.buffer), type, name);
}

/**
 * The description that bytes begin with, its name made safe, and the length of the packed
 * description; null if more bytes are needed.
 * @param {Uint8Array} bytes
 * @returns {{description: Description, length: number}|null}
 * @throws {Damaged} if it is not UTF-8
 */
export function unpackDescription(bytes) {
  if (bytes.length < LENGTHS) return null;
  const lengths = new DataView(bytes.buffer, bytes.byteOffset, LENGTHS);
  const middle = LENGTHS + lengths.getUint16(0);
  const length = middle + lengths.getUint16(2);
  if (bytes.length < length) return null;
  try {
    const mediaType = decodeText(bytes.subarray(LENGTHS, middle));
    const filename = decodeText(bytes.subarray(middle, length));
    return { description: { mediaType, filename: filename && safeName(filename) }, length };
  } catch {
    throw new Damaged();
  }
}

/**
 * What to encrypt: the description, then the secret's bytes.
 * @param {Description} description
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {ReadableStream<Uint8Array>}
 */
export function packContent(description, stream) {
  return prepend(packDescription(description), stream);
}

/**
 * What was decrypted: the description, and the secret's bytes as they come. Only when these end
 * without an error are they known to be complete.
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {Promise<{description: Description, body: ReadableStream<Uint8Array>}>}
 * @throws {Damaged}
 */
export async function unpackContent(stream) {
  const reader = stream.getReader();
  let start = new Uint8Array(0);
  let unpacked = null;
  try {
    while (!unpacked) {
      const { done, value } = await reader.read();
      if (done) throw new Damaged();
      start = concat(start, value);
      unpacked = unpackDescription(start);
    }
  } catch (error) {
    reader.cancel(error).catch(() => {}); // So that nothing more is fetched.
    throw error;
  }
  reader.releaseLock();
  const { description, length } = unpacked;
  return { description, body: prepend(start.subarray(length), stream) };
}

/**
 * A sender's file name, made safe to use in a folder: no path, nothing invisible. The result never
 * looks like an option or a hidden file.
 * @param {string} filename
 * @returns {string}
 */
export function safeName(filename) {
  const last = filename.replaceAll("\\", "/").split("/").at(-1);
  const visible = last.replace(UNUSABLE, "_").replace(INVISIBLE, "");
  const name = shorten(visible.trim().replace(/^[.-]+/, "").replace(/[. ]+$/, ""));
  return DEVICES.test(name) ? `_${name}` : name || NAMELESS;
}

/**
 * Cut a name to what every file system takes, and keep its extension. There is room left for one
 * more character in front.
 */
function shorten(name) {
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 ? name.slice(dot) : "";
  const kept = encodeText(extension).length - 1 <= Math.floor(LONGEST_NAME / 4) ? extension : "";
  const stem = name.slice(0, name.length - kept.length);
  const room = new Uint8Array(LONGEST_NAME - 1 - encodeText(kept).length);
  return stem.slice(0, new TextEncoder().encodeInto(stem, room).read) + kept;
}
