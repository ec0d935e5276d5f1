/**
 * HPKE (RFC 9180), as much of it as is needed to encrypt one short message to a public key:
 *
 *     base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM
 *     sealed = public half of a key pair made for this message (65) || ciphertext || tag (16)
 *
 * P-256, because WebCrypto has it everywhere. Each message has a key pair and so a key of its own, which
 * is why its nonce needs no counter: it is the context's first, and there is no second.
 */

import { Damaged } from "./aes128gcm.js";
import { concat, encodeText } from "./bytes.js";
import { encode } from "./base64url.js";

/** A public key: 0x04, X and Y (SEC 1, section 2.3.3, uncompressed). */
export const POINT_BYTES = 65;
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const SHARED_BYTES = 32;
const HASH_BYTES = 32;
const KEY_BYTES = 16;
const NONCE_BYTES = 12;
const NOTHING = new Uint8Array(0);
// RFC 9180, sections 4.1 and 5.1: what each derivation is for.
const KEM = concat(encodeText("KEM"), Uint8Array.of(0x00, 0x10));
const HPKE = concat(encodeText("HPKE"), Uint8Array.of(0x00, 0x10, 0x00, 0x01, 0x00, 0x01));
const BASE_MODE = 0;

/**
 * @typedef {object} KeyPair
 * @property {CryptoKey} privateKey
 * @property {Uint8Array} point the public key
 */

/**
 * A new key pair.
 * @param {boolean} [extractable] whether a script may read the private half
 * @returns {Promise<KeyPair>}
 */
export async function makeKeyPair(extractable = false) {
  const pair = await crypto.subtle.generateKey(CURVE, extractable, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { privateKey: pair.privateKey, point };
}

/**
 * The key pair of a private number, which no script can read back.
 * @param {Uint8Array} scalar 32 bytes
 * @param {Uint8Array} point
 * @returns {Promise<KeyPair>}
 * @throws {DOMException} if they are no key pair
 */
export async function importKeyPair(scalar, point) {
  const jwk = {
    kty: "EC",
    crv: CURVE.namedCurve,
    d: encode(scalar),
    x: encode(point.subarray(1, 33)),
    y: encode(point.subarray(33)),
  };
  return { privateKey: await crypto.subtle.importKey("jwk", jwk, CURVE, false, ["deriveBits"]), point };
}

/**
 * A public key. A point that is not on the curve is none: it could make its owner's secret known.
 * @param {Uint8Array} point
 * @returns {Promise<CryptoKey>}
 * @throws {DOMException}
 */
export function importPoint(point) {
  return crypto.subtle.importKey("raw", point, CURVE, true, []);
}

/**
 * Encrypt a message to a public key (RFC 9180, section 6.1, SealBase).
 * @param {Uint8Array} point whose it is
 * @param {Uint8Array} info what it is for: it opens with the same only
 * @param {Uint8Array} plaintext
 * @param {object} [options]
 * @param {Uint8Array} [options.aad]
 * @param {KeyPair} [options.ephemeral] for vectors only: two messages must never share one
 * @returns {Promise<Uint8Array>}
 */
export async function seal(point, info, plaintext, options = {}) {
  const ephemeral = options.ephemeral ?? await makeKeyPair();
  const shared = await share(ephemeral.privateKey, point, concat(ephemeral.point, point));
  const { key, cipher } = await schedule(shared, info, options.aad);
  const sealed = await crypto.subtle.encrypt(cipher, key, plaintext);
  return concat(ephemeral.point, new Uint8Array(sealed));
}

/**
 * Decrypt a message (RFC 9180, section 6.1, OpenBase).
 * @param {KeyPair} pair
 * @param {Uint8Array} info
 * @param {Uint8Array} sealed
 * @param {Uint8Array} [aad]
 * @returns {Promise<Uint8Array>}
 * @throws {Damaged} for whatever reason: nobody learns which
 */
export async function open({ privateKey, point }, info, sealed, aad = NOTHING) {
  const theirs = sealed.slice(0, POINT_BYTES);
  try {
    const shared = await share(privateKey, theirs, concat(theirs, point));
    const { key, cipher } = await schedule(shared, info, aad);
    const ciphertext = sealed.subarray(POINT_BYTES);
    return new Uint8Array(await crypto.subtle.decrypt(cipher, key, ciphertext));
  } catch (error) {
    if (error instanceof DOMException) throw new Damaged();
    throw error;
  }
}

/** The secret that both have (section 4.1, Encap and Decap). */
async function share(privateKey, point, context) {
  const other = { name: CURVE.name, public: await importPoint(point) };
  const agreed = new Uint8Array(await crypto.subtle.deriveBits(other, privateKey, SHARED_BYTES * 8));
  const extracted = await extract(KEM, NOTHING, "eae_prk", agreed);
  return expand(KEM, extracted, "shared_secret", context, SHARED_BYTES);
}

/** The key and the first nonce (section 5.1, KeySchedule, without a pre-shared key). */
async function schedule(shared, info, additionalData = NOTHING) {
  const context = concat(
    Uint8Array.of(BASE_MODE),
    await extract(HPKE, NOTHING, "psk_id_hash", NOTHING),
    await extract(HPKE, NOTHING, "info_hash", info),
  );
  const secret = await extract(HPKE, shared, "secret", NOTHING);
  const bytes = await expand(HPKE, secret, "key", context, KEY_BYTES);
  const iv = await expand(HPKE, secret, "base_nonce", context, NONCE_BYTES);
  const uses = ["encrypt", "decrypt"];
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, uses);
  return { key, cipher: { name: "AES-GCM", iv, additionalData } };
}

/** Section 4, LabeledExtract. WebCrypto has HKDF in one piece only, so this is made of HMAC. */
function extract(suite, salt, label, material) {
  return hmac(salt, concat(encodeText("HPKE-v1"), suite, encodeText(label), material));
}

/** Section 4, LabeledExpand, of no more than one hash: a single round of HKDF-Expand. */
async function expand(suite, secret, label, info, length) {
  const size = Uint8Array.of(0, length);
  const labeled = concat(size, encodeText("HPKE-v1"), suite, encodeText(label), info);
  return (await hmac(secret, concat(labeled, Uint8Array.of(1)))).slice(0, length);
}

/** HMAC-SHA256. An empty key is one of zeros (RFC 2104), and not every browser takes it as it is. */
async function hmac(key, data) {
  const bytes = key.length > 0 ? key : new Uint8Array(HASH_BYTES);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const made = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", made, data));
}
