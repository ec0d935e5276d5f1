/**
 * Requests: somebody asks for a secret, and whoever has it answers without an account.
 *
 *     to send   <base>/#request.<id>.<submit token>.<key>
 *     key       base64url(0x01 || X || Y (64) || checksum (4)), the public key of who asks
 *     checksum  SHA-256("burnbag/request/1" || id || submit token || X || Y), its first 4 bytes
 *
 *     to keep   <base>/#answer.<id>.<receipt token>.<key>
 *     key       base64url(0x01 || private number (32) || X || Y || checksum (4))
 *     checksum  SHA-256("burnbag/answer/1" || id || receipt token || number || X || Y), 4 bytes
 *
 *     sealed key = HPKE to that public key, of token (32) || link key (16) of the answer's own link
 *     info       = "burnbag/1/request" || id
 *
 * The public key is in the fragment: the server never learns it, so it can neither put its own in its
 * place nor answer by itself. Whoever writes the link decides who can read the answer.
 *
 * @typedef {object} Request
 * @property {string} id in base64url
 * @property {string} token the submit token, in base64url
 * @property {Uint8Array} point the public key of who asks
 *
 * @typedef {object} Answer
 * @property {string} id in base64url
 * @property {string} token the receipt token, in base64url
 * @property {import("./hpke.js").KeyPair} pair
 */

import { Damaged } from "./aes128gcm.js";
import { decode, encode } from "./base64url.js";
import { concat, encodeText } from "./bytes.js";
import { POINT_BYTES, importKeyPair, importPoint, makeKeyPair, open, seal } from "./hpke.js";
import { LinkError, normalizeBase } from "./links.js";

const ID_BYTES = 16;
const TOKEN_BYTES = 32;
const LINK_KEY_BYTES = 16;
const SCALAR_BYTES = 32;
const CHECKSUM_BYTES = 4;
const SEALED_BYTES = POINT_BYTES + TOKEN_BYTES + LINK_KEY_BYTES + 16;
const VERSION = 1;
const UNCOMPRESSED = Uint8Array.of(0x04);

/**
 * A key pair to ask with, and its private number, which nobody but the link to keep has.
 * @returns {Promise<{scalar: Uint8Array, point: Uint8Array}>}
 */
export async function makeRequestKey() {
  const { privateKey, point } = await makeKeyPair(true);
  const { d } = await crypto.subtle.exportKey("jwk", privateKey);
  return { scalar: decode(d, SCALAR_BYTES), point };
}

/**
 * @param {string} base
 * @param {string} id
 * @param {string} token the submit token
 * @param {Uint8Array} point
 * @returns {Promise<string>} the link to send
 */
export async function writeRequestLink(base, id, token, point) {
  const key = await writeKey("request", id, token, point.subarray(1));
  return `${normalizeBase(base)}/#request.${id}.${token}.${key}`;
}

/**
 * @param {string} base
 * @param {string} id
 * @param {string} token the receipt token
 * @param {{scalar: Uint8Array, point: Uint8Array}} key
 * @returns {Promise<string>} the link to keep: whoever has it can read the answer
 */
export async function writeAnswerLink(base, id, token, { scalar, point }) {
  const key = await writeKey("answer", id, token, concat(scalar, point.subarray(1)));
  return `${normalizeBase(base)}/#answer.${id}.${token}.${key}`;
}

/**
 * Read the fragment of a link that asks, with or without its `#`.
 * @param {string} fragment
 * @returns {Promise<Request>}
 * @throws {LinkError}
 */
export function parseRequestFragment(fragment) {
  return parse("request", fragment, POINT_BYTES - 1, async (key) => {
    const point = concat(UNCOMPRESSED, key);
    await importPoint(point);
    return { point };
  });
}

/**
 * Read the fragment of a link that was kept, with or without its `#`.
 * @param {string} fragment
 * @returns {Promise<Answer>}
 * @throws {LinkError}
 */
export function parseAnswerFragment(fragment) {
  return parse("answer", fragment, SCALAR_BYTES + POINT_BYTES - 1, async (key) => {
    const point = concat(UNCOMPRESSED, key.subarray(SCALAR_BYTES));
    await importPoint(point);
    const pair = await importKeyPair(key.subarray(0, SCALAR_BYTES), point);
    if (!(await fits(pair))) throw new RangeError("no pair");
    return { pair };
  });
}

/** Whether a point is that of the private number. Not every browser looks when it takes them in. */
async function fits(pair) {
  const nothing = new Uint8Array(0);
  try {
    await open(pair, nothing, await seal(pair.point, nothing, nothing));
    return true;
  } catch {
    return false;
  }
}

/**
 * Encrypt what opens the answer to whoever asked.
 * @param {Request} request
 * @param {Uint8Array} token of the answer's own link
 * @param {Uint8Array} linkKey
 * @returns {Promise<string>} in base64url
 */
export async function sealKey({ id, point }, token, linkKey) {
  return encode(await seal(point, infoOf(id), concat(token, linkKey)));
}

/**
 * What opens the answer.
 * @param {Answer} answer
 * @param {string} sealedKey in base64url
 * @returns {Promise<{token: string, key: Uint8Array}>}
 * @throws {Damaged} if it was made for another request, or is none
 */
export async function openKey({ id, pair }, sealedKey) {
  const both = await open(pair, infoOf(id), decodeSealed(sealedKey));
  return { token: encode(both.subarray(0, TOKEN_BYTES)), key: both.slice(TOKEN_BYTES) };
}

function decodeSealed(text) {
  try {
    return decode(String(text), SEALED_BYTES);
  } catch {
    throw new Damaged();
  }
}

function infoOf(id) {
  return concat(encodeText("burnbag/1/request"), decode(id, ID_BYTES));
}

async function parse(use, fragment, length, readKey) {
  const [word, id, token, text, ...more] = fragment.replace(/^#/, "").split(".");
  if (word !== use) throw new LinkError("not-a-link");
  if (more.length > 0) throw new LinkError("incomplete");
  try {
    const bytes = decode(text ?? "", 1 + length + CHECKSUM_BYTES);
    const key = bytes.slice(1, 1 + length);
    if (await writeKey(use, id, token, key) !== text) throw new RangeError("another checksum");
    return { id, token, ...(await readKey(key)) };
  } catch (error) {
    // What is no point of the curve is said by a DOMException.
    const isBad = error instanceof RangeError || error instanceof DOMException;
    throw isBad ? new LinkError("incomplete") : error;
  }
}

async function writeKey(use, id, token, key) {
  const link = concat(decode(id, ID_BYTES), decode(token, TOKEN_BYTES), key);
  const digest = await crypto.subtle.digest("SHA-256", concat(encodeText(`burnbag/${use}/1`), link));
  const checksum = new Uint8Array(digest, 0, CHECKSUM_BYTES);
  return encode(concat(Uint8Array.of(VERSION), key, checksum));
}
