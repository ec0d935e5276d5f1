/**
 * Padmé: how long a secret looks to those who can't read it, and how long it becomes.
 *
 * Lengths are rounded up to floating-point numbers with a short mantissa, so at most 12 % is added.
 * Whatever is short looks alike. Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted
 * Files and Communication with PURBs", PETS 2019, section 4.
 */

import { HEADER_BYTES, OVERHEAD, RECORD_SIZE } from "./aes128gcm.js";

const SHORTEST = 256;
/** S3's largest single POST, and burnbag's own limit: 5 GiB. */
export const LARGEST = 5 * 1024 ** 3;
/** The most bytes that fit into that once they are encrypted. */
export const LARGEST_PLAIN =
  LARGEST - HEADER_BYTES - Math.ceil((LARGEST - HEADER_BYTES) / RECORD_SIZE) * OVERHEAD;

/**
 * The bytes that a plaintext of `size` bytes is padded to.
 * @param {number} size
 * @returns {number}
 */
export function paddedSize(size) {
  return Math.max(SHORTEST, padme(size));
}

/**
 * The padded size, but no more than fits into an upload unless `size` itself is more. What uploads
 * are padded to.
 * @param {number} size
 * @returns {number}
 */
export function fittingSize(size) {
  return Math.max(size, Math.min(paddedSize(size), LARGEST_PLAIN));
}

/**
 * The size of what `encrypt` makes from `size` bytes, padding included in them.
 * @param {number} size
 * @returns {number}
 */
export function encryptedSize(size) {
  return HEADER_BYTES + size + Math.max(1, Math.ceil(size / (RECORD_SIZE - OVERHEAD))) * OVERHEAD;
}

/** No bitwise operators here: they cut numbers to 32 bits. */
function padme(size) {
  if (size < 2) return size;
  const exponent = size.toString(2).length - 1;
  const mantissa = exponent.toString(2).length;
  const step = 2 ** Math.max(0, exponent - mantissa);
  return Math.ceil(size / step) * step;
}
