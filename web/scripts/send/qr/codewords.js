/**
 * The codewords of a QR code: the bytes, what says how many there are, and what corrects errors.
 *
 * Source: ISO/IEC 18004, byte mode, error correction level M (15 % may be unreadable).
 */

// Table 9 of the standard, level M, of the versions 1 to 40.
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16,
  17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
];
const CORRECTION_PER_BLOCK = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
  26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const LARGEST_VERSION = 40;
const BYTE_MODE = 0b0100;
const PADDING = [0xec, 0x11];

// The field GF(256) of the standard, modulo x^8 + x^4 + x^3 + x^2 + 1: powers of 2, logarithms.
const POWERS = new Uint8Array(255);
const LOGARITHMS = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < 255; exponent += 1) {
  POWERS[exponent] = value;
  LOGARITHMS[value] = exponent;
  value = (value << 1) ^ (value & 0x80 ? 0x11d : 0);
}

/**
 * The smallest version that holds so many bytes.
 * @param {number} length
 * @returns {number}
 * @throws {RangeError} if none does
 */
export function findVersion(length) {
  for (let version = 1; version <= LARGEST_VERSION; version += 1) {
    if (4 + lengthBits(version) + 8 * length <= 8 * dataSize(version)) return version;
  }
  throw new RangeError("too long for a QR code");
}

/**
 * All codewords in the order in which they are placed.
 * @param {Uint8Array} bytes
 * @param {number} version
 * @returns {Uint8Array}
 */
export function makeCodewords(bytes, version) {
  const data = packData(bytes, version);
  const blocks = split(data, BLOCKS[version - 1]);
  const divisor = makeDivisor(CORRECTION_PER_BLOCK[version - 1]);
  const corrections = blocks.map((block) => remainder(block, divisor));
  return Uint8Array.from([...interleave(blocks), ...interleave(corrections)]);
}

/**
 * How many codewords a version has in all.
 * @param {number} version
 * @returns {number}
 */
export function countCodewords(version) {
  let modules = (16 * version + 128) * version + 64;
  if (version > 1) {
    const alignments = Math.floor(version / 7) + 2;
    modules -= (25 * alignments - 10) * alignments - 55;
  }
  if (version >= 7) modules -= 36;
  return modules >> 3;
}

function dataSize(version) {
  return countCodewords(version) - BLOCKS[version - 1] * CORRECTION_PER_BLOCK[version - 1];
}

function lengthBits(version) {
  return version < 10 ? 8 : 16;
}

/** The mode, the length, the bytes, the end, and padding up to the version's size. */
function packData(bytes, version) {
  const bits = [];
  const push = (value, count) => {
    for (let bit = count - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  push(BYTE_MODE, 4);
  push(bytes.length, lengthBits(version));
  for (const byte of bytes) push(byte, 8);
  push(0, Math.min(4, 8 * dataSize(version) - bits.length));
  push(0, -bits.length & 7);
  for (let turn = 0; bits.length < 8 * dataSize(version); turn += 1) push(PADDING[turn % 2], 8);
  return pack(bits);
}

function pack(bits) {
  const bytes = new Uint8Array(bits.length / 8);
  bits.forEach((bit, index) => { bytes[index >> 3] |= bit << (7 - (index & 7)); });
  return bytes;
}

/** So many blocks of one length, the last ones longer by one byte. */
function split(data, count) {
  const short = Math.floor(data.length / count);
  const shortBlocks = count - (data.length % count);
  let begin = 0;
  return Array.from({ length: count }, (_, index) => {
    const end = begin + short + (index < shortBlocks ? 0 : 1);
    const block = data.subarray(begin, end);
    begin = end;
    return block;
  });
}

/** The first byte of each block, then the second of each, and so on. */
function interleave(blocks) {
  const longest = Math.max(...blocks.map((block) => block.length));
  const found = [];
  for (let index = 0; index < longest; index += 1) {
    for (const block of blocks) if (index < block.length) found.push(block[index]);
  }
  return found;
}

/** The generator polynomial (x - 1)(x - 2)(x - 4)…, without its leading 1. */
function makeDivisor(degree) {
  const divisor = new Uint8Array(degree);
  divisor[degree - 1] = 1;
  for (let exponent = 0; exponent < degree; exponent += 1) {
    for (let index = 0; index < degree; index += 1) {
      divisor[index] = multiply(divisor[index], POWERS[exponent]);
      if (index + 1 < degree) divisor[index] ^= divisor[index + 1];
    }
  }
  return divisor;
}

/** The Reed–Solomon bytes of a block. */
function remainder(block, divisor) {
  const rest = new Uint8Array(divisor.length);
  for (const byte of block) {
    const factor = byte ^ rest[0];
    rest.copyWithin(0, 1);
    rest[rest.length - 1] = 0;
    divisor.forEach((coefficient, index) => { rest[index] ^= multiply(coefficient, factor); });
  }
  return rest;
}

function multiply(a, b) {
  return a && b ? POWERS[(LOGARITHMS[a] + LOGARITHMS[b]) % 255] : 0;
}
