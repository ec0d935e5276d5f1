/**
 * What a link's key and a passphrase become: what decrypts, and what the server gets to check.
 *
 *     salt        = HKDF-SHA256(link key, salt = id, info = "burnbag/link/1/salt"), 32 bytes
 *     stretched   = PBKDF2-HMAC-SHA-256(passphrase, salt, 600,000 rounds), 32 bytes
 *     server half = HKDF-SHA256(stretched, salt = id, info = "burnbag/link/1/server"), 32 bytes
 *     own half    = HKDF-SHA256(stretched, salt = id, info = "burnbag/link/1/own"), 32 bytes
 *     content key = HKDF-SHA256(link key || own half, salt = id, info = "burnbag/link/1/" || kind),
 *                   32 bytes; without a passphrase there is no own half
 *
 * The passphrase never leaves the browser. The server counts guesses by its half, and can't try
 * passphrases itself, because the salt comes from the link's key. A link of version 0 has a key that
 * decrypts by itself, and its passphrase goes to the server as it is.
 */

import { decode, encode } from "./base64url.js";
import { concat, encodeText } from "./bytes.js";
import { deriveBytes, importSecret } from "./hkdf.js";

const ROUNDS = 600_000;
const BYTES = 32;
const ID_BYTES = 16;
const LINK_KEY_BYTES = 16;

/** What sender and recipient use. What decrypts stays private, and no script can read it back. */
export class Keys {
  #secret;
  #id;

  /**
   * @param {string|null} passphrase what the server gets as such
   * @param {CryptoKey} secret
   * @param {string|null} id null for version 0: the secret is the content key
   */
  constructor(passphrase, secret, id) {
    this.passphrase = passphrase;
    this.#secret = secret;
    this.#id = id;
  }

  /**
   * The input key for the content's encryption, good for one secret of one kind.
   * @param {"text"|"file"|"upload"} kind
   * @returns {Promise<CryptoKey>} for `encrypt` and `decrypt` of aes128gcm.js
   */
  async contentKey(kind) {
    return this.#id === null
      ? this.#secret
      : importAndWipe(await derive(this.#secret, this.#id, kind));
  }
}

/**
 * A new link key, 16 random bytes.
 * @returns {Uint8Array}
 */
export function makeLinkKey() {
  return crypto.getRandomValues(new Uint8Array(LINK_KEY_BYTES));
}

/**
 * The keys of a secret. Slow on purpose where there is a passphrase.
 * @param {string} id
 * @param {Uint8Array} linkKey
 * @param {string|null} passphrase
 * @returns {Promise<Keys>}
 * @throws {RangeError} if the passphrase is no text that can be sent
 */
export async function makeKeys(id, linkKey, passphrase) {
  const secret = await importSecret(linkKey);
  if (passphrase === null) return new Keys(null, secret, id);
  const stretched = await stretch(passphrase, await derive(secret, id, "salt"));
  const serverHalf = encode(await derive(stretched, id, "server"));
  const ownHalf = await derive(stretched, id, "own");
  const both = await importAndWipe(concat(linkKey, ownHalf));
  ownHalf.fill(0);
  return new Keys(serverHalf, both, id);
}

/**
 * The keys for what a link leads to; null if its sender did not encrypt it.
 * @param {import("./links.js").Link} link
 * @param {string|null} passphrase
 * @returns {Promise<Keys|null>}
 */
export async function findKeys(link, passphrase) {
  if (link.key === null) return null;
  if (link.version === 0) return new Keys(passphrase, await importSecret(link.key), null);
  return makeKeys(link.id, link.key, passphrase);
}

/** PBKDF2 of a passphrase, in Unicode NFC as RFC 8265 has it: keyboards differ. */
async function stretch(passphrase, salt) {
  const bytes = encodeText(passphrase.normalize("NFC"));
  const key = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, ["deriveBits"]);
  bytes.fill(0);
  const pbkdf2 = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return importAndWipe(new Uint8Array(await crypto.subtle.deriveBits(pbkdf2, key, BYTES * 8)));
}

function derive(secret, id, use) {
  return deriveBytes(secret, `burnbag/link/1/${use}`, BYTES, decode(id, ID_BYTES));
}

async function importAndWipe(bytes) {
  const secret = await importSecret(bytes);
  bytes.fill(0);
  return secret;
}
