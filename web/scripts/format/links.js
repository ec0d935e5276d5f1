/**
 * Links: `<base>/#<id>.<token>`, and `.<key>` where the sender encrypted the secret.
 *
 *     key      = base64url(0x01 || link key (16) || checksum (4)), 28 characters
 *     checksum = SHA-256("burnbag/link/1" || id || token || link key), its first 4 bytes
 *
 * So a link that was cut or mistyped is found before anything is asked with it. The older form of
 * the key, version 0, is the link key alone, 22 characters. A key of version 1 that lost its end can
 * look like one: where a peek says `encrypted` (or `upload`, see `lacksKey`), the link is incomplete.
 *
 * @typedef {object} Link
 * @property {string} base without a final slash
 * @property {string} id in base64url
 * @property {string} token in base64url
 * @property {Uint8Array|null} key null if the sender did not encrypt
 * @property {0|1} version how the key is used
 */

import { decode, encode } from "./base64url.js";
import { concat, encodeText } from "./bytes.js";

const ID_BYTES = 16;
const TOKEN_BYTES = 32;
const KEY_BYTES = 16;
const CHECKSUM_BYTES = 4;
const NEWEST = 1;
const OLD_KEY_LENGTH = 22;
// A host, perhaps a port, perhaps a path: no user, no query, ASCII only.
const BASE =
  /^https?:\/\/([\w-]{1,63}(\.[\w-]{1,63})*|\[[\dA-Fa-f:]+\])(:\d{1,5})?(\/[\w.~%/-]*)?$/;
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/i;
const LONGEST_BASE = 2048;

/** This is not a link to a secret. The message does not repeat it. */
export class LinkError extends Error {
  /** @param {"not-a-link"|"incomplete"|"base"} reason `incomplete`: or mistyped */
  constructor(reason) {
    super(`not a link to a secret: ${reason}`);
    this.name = "LinkError";
    this.reason = reason;
  }
}

/**
 * Read a whole link, as somebody may paste it.
 * @param {string} text
 * @returns {Promise<Link>}
 * @throws {LinkError}
 */
export async function parseLink(text) {
  const { base, fragment } = splitLink(text);
  return parseFragment(fragment, base);
}

/**
 * The two halves of a link of any kind.
 * @param {string} text
 * @returns {{base: string, fragment: string}}
 * @throws {LinkError}
 */
export function splitLink(text) {
  const [base, ...fragments] = text.trim().split("#");
  if (fragments.length === 0) throw new LinkError("not-a-link");
  return { base: normalizeBase(base), fragment: fragments.join("#") };
}

/**
 * Read a link's fragment, with or without its `#`.
 * @param {string} fragment
 * @param {string} base
 * @returns {Promise<Link>}
 * @throws {LinkError}
 */
export async function parseFragment(fragment, base) {
  const [id, token, key, ...more] = fragment.replace(/^#/, "").split(".");
  if (token === undefined || more.length > 0) throw new LinkError("not-a-link");
  try {
    decode(id, ID_BYTES);
    decode(token, TOKEN_BYTES);
    return { base, id, token, ...(await readKey(id, token, key)) };
  } catch (error) {
    if (error instanceof RangeError) throw new LinkError("incomplete");
    throw error;
  }
}

/**
 * The whole link as text. Whoever holds it can read the secret.
 * @param {string} base
 * @param {string} id
 * @param {string} token
 * @param {Uint8Array|null} key
 * @returns {Promise<string>}
 */
export async function writeLink(base, id, token, key) {
  const parts = key ? [id, token, await writeKey(id, token, key)] : [id, token];
  return `${normalizeBase(base)}/#${parts.join(".")}`;
}

/**
 * Read the fragment of a receipt's page: `receipt.<id>.<receipt token>`, with or without its `#`.
 * @param {string} fragment
 * @returns {{id: string, receiptToken: string}}
 * @throws {LinkError}
 */
export function parseReceiptFragment(fragment) {
  const [word, id, receiptToken, ...more] = fragment.replace(/^#/, "").split(".");
  if (word !== "receipt" || more.length > 0) throw new LinkError("not-a-link");
  try {
    decode(id ?? "", ID_BYTES);
    decode(receiptToken ?? "", TOKEN_BYTES);
  } catch {
    throw new LinkError("incomplete");
  }
  return { id, receiptToken };
}

/**
 * @param {string} base
 * @param {string} id
 * @param {string} receiptToken
 * @returns {string} the address of a receipt's page
 */
export function writeReceiptLink(base, id, receiptToken) {
  return `${normalizeBase(base)}/#receipt.${id}.${receiptToken}`;
}

/**
 * Whether a link has lost its key or a part of it, going by what the server says of the secret. Ask
 * before a view is used.
 * @param {Link} link
 * @param {{encrypted: boolean, kind: string}} peeked
 * @returns {boolean}
 */
export function lacksKey(link, peeked) {
  // An older client encrypted uploads without saying so.
  return link.key === null
    ? peeked.encrypted || peeked.kind === "upload"
    : link.version === 0 && peeked.encrypted;
}

/**
 * An idempotency key to reveal with, that only the holder of `secret` can make. It is the same each
 * time. Each `number` is for another view.
 * @param {Link} link
 * @param {Uint8Array} secret
 * @param {number} [number]
 * @returns {Promise<string>}
 */
export async function idempotencyKey(link, secret, number = 0) {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, hmac, false, ["sign"]);
  const text = `${link.id}.${link.token}` + (number ? `.${number}` : "");
  return encode(new Uint8Array(await crypto.subtle.sign("HMAC", key, encodeText(text))));
}

/**
 * A base URL without its final slash. Tokens travel in headers, so it must be https, except on this
 * very machine.
 * @param {string} text
 * @returns {string}
 * @throws {LinkError}
 */
export function normalizeBase(text) {
  const base = text.trim().replace(/\/+$/, "");
  const secure = base.startsWith("https:") || LOOPBACK.test(base);
  if (base.length > LONGEST_BASE || !BASE.test(base) || !secure || !isUrl(base)) {
    throw new LinkError("base");
  }
  return base;
}

/** `URL.canParse`, which not every browser has. */
function isUrl(text) {
  try {
    return Boolean(new URL(text));
  } catch {
    return false;
  }
}

async function readKey(id, token, text) {
  if (text === undefined) return { key: null, version: NEWEST };
  if (text.length === OLD_KEY_LENGTH) return { key: decode(text, KEY_BYTES), version: 0 };
  const key = decode(text, 1 + KEY_BYTES + CHECKSUM_BYTES).slice(1, 1 + KEY_BYTES);
  if ((await writeKey(id, token, key)) !== text) throw new RangeError("another checksum");
  return { key, version: NEWEST };
}

async function writeKey(id, token, key) {
  const link = concat(decode(id, ID_BYTES), decode(token, TOKEN_BYTES), key);
  const digest = await crypto.subtle.digest("SHA-256", concat(encodeText("burnbag/link/1"), link));
  const checksum = new Uint8Array(digest, 0, CHECKSUM_BYTES);
  return encode(concat(Uint8Array.of(NEWEST), key, checksum));
}
