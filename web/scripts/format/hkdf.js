/** HKDF-SHA256 (RFC 5869), from secrets that no script can read back. */

const NO_SALT = new Uint8Array(0);

/**
 * A secret to derive from.
 * @param {Uint8Array} bytes
 * @returns {Promise<CryptoKey>} not extractable
 */
export function importSecret(bytes) {
  return crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits", "deriveKey"]);
}

/**
 * @param {CryptoKey} secret from `importSecret`
 * @param {string} info
 * @param {number} length in bytes
 * @param {Uint8Array} [salt]
 * @returns {Promise<Uint8Array>}
 */
export async function deriveBytes(secret, info, length, salt = NO_SALT) {
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf(info, salt), secret, length * 8));
}

/**
 * A key for AES-128-GCM.
 * @param {CryptoKey} secret from `importSecret`
 * @param {string} info
 * @param {Uint8Array} salt
 * @returns {Promise<CryptoKey>} not extractable
 */
export function deriveCipher(secret, info, salt) {
  const cipher = { name: "AES-GCM", length: 128 };
  const uses = ["encrypt", "decrypt"];
  return crypto.subtle.deriveKey(hkdf(info, salt), secret, cipher, false, uses);
}

function hkdf(info, salt) {
  return { name: "HKDF", hash: "SHA-256", salt, info: new TextEncoder().encode(info) };
}
