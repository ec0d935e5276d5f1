/**
 * What a sender's idempotency key stands for: the same key makes the same secret.
 *
 *     id            = HKDF-SHA256(key, info = "burnbag/1/create/id"), 16 bytes
 *     token         = HKDF-SHA256(key, info = "burnbag/1/create/token"), 32 bytes
 *     receipt token = HKDF-SHA256(key, info = "burnbag/1/create/receipt-token"), 32 bytes
 *
 * So the page knows the id before it sends, and encrypts for it. Whoever has the key has the tokens.
 */

import { encode } from "./base64url.js";
import { encodeText } from "./bytes.js";
import { deriveBytes, importSecret } from "./hkdf.js";

/**
 * A new idempotency key to create a secret with, as secret as the link.
 * @returns {string}
 */
export function makeIdempotencyKey() {
  return encode(crypto.getRandomValues(new Uint8Array(32)));
}

/**
 * @param {string} idempotencyKey
 * @returns {Promise<{id: string, token: string, receiptToken: string}>} all in base64url
 */
export async function identityOfKey(idempotencyKey) {
  const secret = await importSecret(encodeText(idempotencyKey));
  const derive = async (use, length) =>
    encode(await deriveBytes(secret, `burnbag/1/create/${use}`, length));
  return {
    id: await derive("id", 16),
    token: await derive("token", 32),
    receiptToken: await derive("receipt-token", 32),
  };
}
