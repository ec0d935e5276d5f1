/** CRC-32 as in a zip: it finds what was damaged by accident, and nothing else. */

// Eight bytes at a time ("slicing by eight"): table k is for a byte with k zeros behind it.
const TABLES = Array.from({ length: 8 }, () => new Int32Array(256));
for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  TABLES[0][byte] = value;
}
for (let table = 1; table < 8; table += 1) {
  for (let byte = 0; byte < 256; byte += 1) {
    const before = TABLES[table - 1][byte];
    TABLES[table][byte] = (before >>> 8) ^ TABLES[0][before & 0xff];
  }
}

/**
 * The CRC-32 of a stream.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {(bytes: number) => void} count called with the size of each piece
 * @param {AbortSignal} [signal]
 * @returns {Promise<number>}
 */
export async function checksum(stream, count = () => {}, signal) {
  const reader = stream.getReader();
  let crc = -1;
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = await reader.read();
    if (done) return ~crc >>> 0;
    crc = addToChecksum(crc, value);
    count(value.length);
  }
}

function addToChecksum(before, bytes) {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = before;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc = t7[crc & 0xff] ^ t6[(crc >>> 8) & 0xff] ^ t5[(crc >>> 16) & 0xff] ^ t4[crc >>> 24]
      ^ t3[bytes[at + 4]] ^ t2[bytes[at + 5]] ^ t1[bytes[at + 6]] ^ t0[bytes[at + 7]];
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]) & 0xff];
  return crc;
}
