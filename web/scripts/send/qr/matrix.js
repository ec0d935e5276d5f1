/**
 * Where a QR code's modules are: the patterns that scanners look for, the data around them, and the
 * mask that is easiest to read.
 *
 * Source: ISO/IEC 18004, sections 7.7 to 7.10.
 */

const FORMAT = { generator: 0x537, mask: 0x5412, levelM: 0b00 };
const VERSION_GENERATOR = 0x1f25;
const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (x, y) => y % 2 === 0,
  (x, y) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];
// A finder's row with four light modules before or after it.
const FINDER_LIKE = ["00001011101", "10111010000"];

/** A square of modules, each dark or light; some belong to patterns that no mask changes. */
export class Matrix {
  /** @param {number} version */
  constructor(version) {
    this.version = version;
    this.size = 4 * version + 17;
    this.mask = 0;
    this.dark = new Uint8Array(this.size ** 2);
    this.fixed = new Uint8Array(this.size ** 2);
  }

  /** @param {number} x @param {number} y @returns {boolean} */
  isDark(x, y) {
    return this.dark[y * this.size + x] === 1;
  }

  fix(x, y, dark) {
    this.dark[y * this.size + x] = dark ? 1 : 0;
    this.fixed[y * this.size + x] = 1;
  }

  /** A copy whose data are masked and whose format says so. */
  masked(mask) {
    const copy = new Matrix(this.version);
    copy.dark.set(this.dark);
    copy.fixed.set(this.fixed);
    copy.mask = mask;
    for (let y = 0; y < this.size; y += 1) {
      for (let x = 0; x < this.size; x += 1) {
        const index = y * this.size + x;
        if (!copy.fixed[index] && MASKS[mask](x, y)) copy.dark[index] ^= 1;
      }
    }
    drawFormat(copy, mask);
    return copy;
  }
}

/**
 * The code of these codewords, with the mask that disturbs scanners least.
 * @param {Uint8Array} codewords
 * @param {number} version
 * @returns {Matrix}
 */
export function makeMatrix(codewords, version) {
  const matrix = new Matrix(version);
  drawPatterns(matrix);
  place(matrix, codewords);
  const choices = MASKS.map((_, mask) => matrix.masked(mask));
  const penalties = choices.map(penalty);
  return choices[penalties.indexOf(Math.min(...penalties))];
}

function drawPatterns(matrix) {
  const { size, version } = matrix;
  for (let index = 0; index < size; index += 1) {
    matrix.fix(index, 6, index % 2 === 0);
    matrix.fix(6, index, index % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) drawRings(matrix, x, y, 4, [2, 4]);
  for (const [x, y] of alignmentCentres(version, size)) drawRings(matrix, x, y, 2, [1]);
  drawFormat(matrix, 0);
  if (version >= 7) drawVersion(matrix);
}

/** Square rings around a centre, dark except for those of the `light` radii. */
function drawRings(matrix, centreX, centreY, radius, light) {
  for (let dy = -radius; dy <= radius; dy += 1) {
    for (let dx = -radius; dx <= radius; dx += 1) {
      const [x, y] = [centreX + dx, centreY + dy];
      const inside = x >= 0 && y >= 0 && x < matrix.size && y < matrix.size;
      const ring = Math.max(Math.abs(dx), Math.abs(dy));
      if (inside) matrix.fix(x, y, !light.includes(ring));
    }
  }
}

/** Every crossing of the version's lines, except where the three finders are. */
function alignmentCentres(version, size) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = version === 32 ? 26 : 2 * Math.ceil((4 * version + 4) / (2 * count - 2));
  const far = size - 7;
  const lines = [6, ...Array.from({ length: count - 1 }, (_, i) => far - (count - 2 - i) * step)];
  const isFinder = (x, y) => (x === 6 && (y === 6 || y === far)) || (x === far && y === 6);
  return lines.flatMap((x) => lines.map((y) => [x, y])).filter(([x, y]) => !isFinder(x, y));
}

/** Level and mask, twice, each with its error correction. */
function drawFormat(matrix, mask) {
  const { size } = matrix;
  const bits = withRemainder((FORMAT.levelM << 3) | mask, 10, FORMAT.generator) ^ FORMAT.mask;
  for (let index = 0; index < 15; index += 1) {
    const dark = (bits >> index) & 1;
    if (index < 6) matrix.fix(8, index, dark);
    else if (index < 8) matrix.fix(8, index + 1, dark);
    else if (index === 8) matrix.fix(7, 8, dark);
    else matrix.fix(14 - index, 8, dark);
    if (index < 8) matrix.fix(size - 1 - index, 8, dark);
    else matrix.fix(8, size - 15 + index, dark);
  }
  matrix.fix(8, size - 8, true);
}

function drawVersion(matrix) {
  const bits = withRemainder(matrix.version, 12, VERSION_GENERATOR);
  for (let index = 0; index < 18; index += 1) {
    const [near, far] = [Math.floor(index / 3), matrix.size - 11 + (index % 3)];
    matrix.fix(near, far, (bits >> index) & 1);
    matrix.fix(far, near, (bits >> index) & 1);
  }
}

/** `value`, followed by the `length` bits of its remainder (a BCH code). */
function withRemainder(value, length, generator) {
  let rest = value;
  for (let turn = 0; turn < length; turn += 1) {
    rest = (rest << 1) ^ ((rest >> (length - 1)) * generator);
  }
  return (value << length) | rest;
}

/** Fill what is free: two columns at a time from the right, upwards and downwards in turn. */
function place(matrix, codewords) {
  const { size, fixed, dark } = matrix;
  let bit = 0;
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) {
    const upwards = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step += 1) {
      const y = upwards ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        const index = y * size + x;
        if (fixed[index]) continue;
        dark[index] = bit < 8 * codewords.length
          ? (codewords[bit >> 3] >> (7 - (bit & 7))) & 1
          : 0;
        bit += 1;
      }
    }
  }
}

/** How hard a code is to read: runs, blocks, what looks like a finder, too much of one colour. */
function penalty(matrix) {
  const { size } = matrix;
  const rows = Array.from({ length: size }, (_, y) => (
    matrix.dark.subarray(y * size, (y + 1) * size)
  ));
  const columns = rows.map((_, x) => Uint8Array.from(rows, (row) => row[x]));
  const lines = [...rows, ...columns].map((line) => line.join(""));
  const darks = matrix.dark.reduce((sum, dark) => sum + dark, 0);
  return lines.reduce((sum, line) => sum + linePenalty(line), 0)
    + 3 * countBlocks(rows)
    + 10 * Math.floor(Math.abs((darks * 100) / size ** 2 - 50) / 5);
}

function linePenalty(line) {
  const runs = line.match(/0{5,}|1{5,}/g) ?? [];
  const long = runs.reduce((sum, run) => sum + run.length - 2, 0);
  return long + 40 * FINDER_LIKE.reduce((sum, pattern) => sum + countOf(pattern, line), 0);
}

function countOf(pattern, line) {
  let count = 0;
  for (let at = line.indexOf(pattern); at >= 0; at = line.indexOf(pattern, at + 1)) count += 1;
  return count;
}

/** How many squares of two by two have one colour. */
function countBlocks(rows) {
  let count = 0;
  for (let y = 1; y < rows.length; y += 1) {
    for (let x = 1; x < rows.length; x += 1) {
      const sum = rows[y][x] + rows[y][x - 1] + rows[y - 1][x] + rows[y - 1][x - 1];
      if (sum === 0 || sum === 4) count += 1;
    }
  }
  return count;
}
