/**
 * RFC 8188 `aes128gcm`, streamed: how the sender encrypts and the recipient decrypts.
 *
 *     header = salt (16) || record size (4) || length of key id (1) || key id
 *     key    = HKDF-SHA256(input key, salt, "Content-Encoding: aes128gcm" || 0x00), 16 bytes
 *     nonce  = HKDF-SHA256(input key, salt, "Content-Encoding: nonce" || 0x00), 12 bytes, XOR number
 *     record = AES-128-GCM(key, nonce, data || delimiter || zeros), of record size; the last shorter
 *
 * The delimiter is 2 in the last record and 1 in all others, so a stream that was cut short does not
 * decrypt, even if it was cut between two records. The record's number is part of the nonce, so no
 * record can be moved, repeated or left out. Each encryption has its own random salt and therefore
 * its own key, so it is safe to count nonces from zero.
 */

import { concat } from "./bytes.js";
import { deriveBytes, deriveCipher } from "./hkdf.js";

export const RECORD_SIZE = 64 * 1024;
const SALT_BYTES = 16;
const TAG_BYTES = 16;
export const HEADER_BYTES = SALT_BYTES + 5;
export const OVERHEAD = TAG_BYTES + 1;
// A record is held in memory before it is authenticated, so its sender must not choose how much.
const LARGEST_RECORD = 1024 * 1024;
const LAST = 2;
const NOT_LAST = 1;

/** It does not decrypt: another key, changed, or cut short. */
export class Damaged extends Error {
  constructor() {
    super("what came does not decrypt: it was changed or cut short");
    this.name = "Damaged";
  }
}

/**
 * Encrypts the bytes that go through, in constant memory.
 * @param {CryptoKey} inputKey from `Keys.contentKey` or `importSecret`
 * @param {object} [options]
 * @param {(size: number) => number} [options.paddedSize] from the size of all bytes, at their end;
 *     what it throws fails the stream
 * @param {Uint8Array} [options.salt] for vectors only: a key must never meet a salt twice
 * @param {number} [options.recordSize]
 * @returns {TransformStream<Uint8Array, Uint8Array>}
 */
export function encrypt(inputKey, options = {}) {
  const { paddedSize = (size) => size, recordSize = RECORD_SIZE } = options;
  const salt = options.salt ?? crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const room = recordSize - OVERHEAD;
  const pieces = new Pieces(room, 1);
  let cipher;
  let total = 0;

  const seal = (length, zeros, delimiter) => {
    const padded = pieces.buffer.subarray(0, length + 1 + zeros).fill(0, length);
    padded[length] = delimiter;
    return cipher.encrypt(padded);
  };

  return new TransformStream({
    async start(controller) {
      cipher = await Cipher.derive(inputKey, salt);
      controller.enqueue(writeHeader(salt, recordSize));
    },
    async transform(chunk, controller) {
      total += chunk.length;
      for (const length of pieces.take(chunk)) {
        controller.enqueue(await seal(length, 0, NOT_LAST));
      }
    },
    async flush(controller) {
      let { length } = pieces;
      let missing = paddedSize(total) - total;
      if (!(missing >= 0)) throw new RangeError("padding takes nothing away");
      // Padding that the last piece has no room for becomes records of their own.
      for (; missing > room - length; length = 0) {
        missing -= room - length;
        controller.enqueue(await seal(length, room - length, NOT_LAST));
      }
      controller.enqueue(await seal(length, missing, LAST));
    },
  });
}

/**
 * Decrypts the bytes that go through, in constant memory; each record is authenticated before it is
 * passed on. The stream fails with Damaged. Only when it ends is it known to be complete.
 * @param {CryptoKey} inputKey from `Keys.contentKey` or `importSecret`
 * @returns {TransformStream<Uint8Array, Uint8Array>}
 */
export function decrypt(inputKey) {
  let head = new Uint8Array(0);
  let cipher;
  let pieces;

  /** The bytes after the header; none as long as it is not complete. */
  const readHeader = async (chunk) => {
    head = concat(head, chunk);
    const length = HEADER_BYTES + head[HEADER_BYTES - 1];
    if (!(head.length >= length)) return new Uint8Array(0);
    const recordSize = new DataView(head.buffer).getUint32(SALT_BYTES);
    if (recordSize <= OVERHEAD || recordSize > LARGEST_RECORD) throw new Damaged();
    cipher = await Cipher.derive(inputKey, head.slice(0, SALT_BYTES));
    pieces = new Pieces(recordSize, 0);
    return head.subarray(length);
  };

  const open = async (length, delimiter, controller) => {
    const padded = await cipher.decrypt(pieces.buffer.subarray(0, length));
    const data = stripPadding(padded, delimiter);
    if (data.length > 0) controller.enqueue(data);
  };

  return new TransformStream({
    async transform(chunk, controller) {
      const rest = pieces ? chunk : await readHeader(chunk);
      if (!pieces) return;
      for (const length of pieces.take(rest)) await open(length, NOT_LAST, controller);
    },
    async flush(controller) {
      if (!pieces) throw new Damaged();
      await open(pieces.length, LAST, controller);
    },
  });
}

/**
 * Splits chunks of any size into pieces of one size; only the last is shorter. All share one buffer, so
 * a piece is valid until the next one, and one record at a time is on its way. Four at a time were tried
 * in Chromium, on two busy processors, and took longer; nothing else was measured.
 */
class Pieces {
  constructor(size, spare) {
    this.size = size;
    this.buffer = new Uint8Array(size + spare);
    this.length = 0;
  }

  /** Take a chunk in, and stop with the length of each piece that is full and not the last. */
  *take(chunk) {
    for (let at = 0; at < chunk.length; ) {
      if (this.length === this.size) {
        yield this.length;
        this.length = 0;
      }
      const part = chunk.subarray(at, at + this.size - this.length);
      this.buffer.set(part, this.length);
      this.length += part.length;
      at += part.length;
    }
  }
}

/** AES-128-GCM with a nonce that counts. */
class Cipher {
  #key;
  #nonce;
  #sequence = 0n;

  static async derive(inputKey, salt) {
    const cipher = new Cipher();
    cipher.#key = await deriveCipher(inputKey, "Content-Encoding: aes128gcm\0", salt);
    cipher.#nonce = await deriveBytes(inputKey, "Content-Encoding: nonce\0", 12, salt);
    return cipher;
  }

  async encrypt(padded) {
    return new Uint8Array(await crypto.subtle.encrypt(this.#next(), this.#key, padded));
  }

  async decrypt(sealed) {
    try {
      return new Uint8Array(await crypto.subtle.decrypt(this.#next(), this.#key, sealed));
    } catch {
      throw new Damaged();
    }
  }

  #next() {
    const iv = new DataView(this.#nonce.slice().buffer);
    iv.setBigUint64(4, iv.getBigUint64(4) ^ this.#sequence++);
    return { name: "AES-GCM", iv };
  }
}

function writeHeader(salt, recordSize) {
  const size = new DataView(new ArrayBuffer(5));
  size.setUint32(0, recordSize);
  return concat(salt, new Uint8Array(size.buffer));
}

/** The data of a record. Zeros after the delimiter are padding; most records have none. */
function stripPadding(padded, delimiter) {
  let end = padded.length;
  while (end > 0 && padded[end - 1] === 0) end--;
  if (end === 0 || padded[end - 1] !== delimiter) throw new Damaged();
  return padded.subarray(0, end - 1);
}
