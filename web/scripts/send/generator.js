/**
 * Passwords and passphrases that nobody thought up: uniformly from all that are allowed, so that
 * how hard they are to guess can be said in bits, exactly.
 *
 * A passphrase is made of words that mean nothing and can be said in any language. A list of real
 * words would be one language's, and the page has many.
 */

/** What a password can be made of. What looks alike (l, I, 1, O, 0) is left out. */
export const CLASSES = {
  lower: "abcdefghijkmnopqrstuvwxyz",
  upper: "ABCDEFGHJKLMNPQRSTUVWXYZ",
  digits: "23456789",
  symbols: "!#%&*+-.:=?@_~",
};
const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";
const WORD = [CONSONANTS, VOWELS, CONSONANTS, VOWELS, CONSONANTS];
const BITS_PER_WORD = WORD.reduce((sum, letters) => sum + Math.log2(letters.length), 0);

/**
 * A number below `limit`, each as likely as any other: numbers from the incomplete last range,
 * which would favour small remainders, are drawn again.
 * @param {number} limit from 1 to 2^32
 * @returns {number}
 */
export function randomBelow(limit) {
  const usable = 2 ** 32 - (2 ** 32 % limit);
  const [number] = crypto.getRandomValues(new Uint32Array(1));
  return number < usable ? number % limit : randomBelow(limit);
}

/**
 * A password of these classes, with at least one character of each.
 * @param {number} length at least the number of classes
 * @param {(keyof typeof CLASSES)[]} classes
 * @param {(limit: number) => number} [random]
 * @returns {string}
 */
export function makePassword(length, classes, random = randomBelow) {
  const alphabet = classes.map((name) => CLASSES[name]).join("");
  // To draw the whole again, rather than to put in what is missing, keeps all equally likely.
  for (;;) {
    const password = Array.from({ length }, () => pick(alphabet, random)).join("");
    if (classes.every((name) => [...CLASSES[name]].some((c) => password.includes(c)))) {
      return password;
    }
  }
}

/**
 * How many bits such a password has: the logarithm of how many there are.
 * @param {number} length
 * @param {(keyof typeof CLASSES)[]} classes
 * @returns {number}
 */
export function passwordBits(length, classes) {
  const sizes = classes.map((name) => CLASSES[name].length);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  // Those that lack a class are taken away, those that lack two were taken twice, and so on; as
  // parts of the whole, which is too large a number.
  const missing = (index, size, sign) => (
    index === sizes.length
      ? sign * (size / all) ** length
      : missing(index + 1, size, sign) + missing(index + 1, size - sizes[index], -sign)
  );
  return length * Math.log2(all) + Math.log2(missing(0, all, 1));
}

/**
 * Words that can be said: "lusab-dofit-…".
 * @param {number} count
 * @param {(limit: number) => number} [random]
 * @returns {string}
 */
export function makePassphrase(count, random = randomBelow) {
  const word = () => WORD.map((letters) => pick(letters, random)).join("");
  return Array.from({ length: count }, word).join("-");
}

/**
 * @param {number} count
 * @returns {number}
 */
export function passphraseBits(count) {
  return count * BITS_PER_WORD;
}

function pick(letters, random) {
  return letters[random(letters.length)];
}
