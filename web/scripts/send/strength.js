/**
 * How hard a passphrase is to guess, at most: a hint for people, and no proof. Whoever knows the
 * person may guess better, so every doubt counts against the passphrase.
 */

// What is tried first, everywhere. Each entry stands for its variants in case, with digits behind
// it, and with 4 for a, 3 for e, and so on.
const COMMON = (
  "password passwort passphrase passw geheim secret secreto segreto motdepasse azerty qwerty qwertz "
  + "asdfgh asdf yxcvbn zxcvbn letmein welcome willkommen bienvenue login admin administrator root "
  + "test testing default changeme master user guest hello hallo bonjour hola ciao iloveyou love "
  + "ichliebedich monkey dragon football fussball baseball soccer princess sunshine shadow superman "
  + "batman pokemon starwars michael jordan jessica daniel thomas andrea martin summer winter spring "
  + "autumn sommer herbst fruehling qazwsx abc abcdef god jesus freedom whatever trustno monday "
  + "company firma internet computer server burnbag"
).split(" ");
const LOOKALIKES = { 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", "@": "a", $: "s", "!": "i" };
const ROWS = ["qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "yxcvbnm", "zxcvbnm"];
// A letter within a word tells little that the ones before it did not: about 2.3 bits in what
// people write, instead of 4.7.
const BITS_IN_WORD = 2.3;
const BITS_OF_COMMON = 8;
const BITS_OF_REPEAT = 1;
// A year, alone or in a date.
const DATES = /\b\d{1,2}([./-])\d{1,2}\1(?:19|20)\d\d\b|(?:19|20)\d\d/g;
const BITS_OF_DATE = 15;
const BITS_OF_YEAR = 6;
const LEVELS = [[28, "weak"], [45, "fair"], [64, "good"], [Infinity, "strong"]];

/**
 * An upper bound, in bits, of what a passphrase of a person holds.
 * @param {string} passphrase
 * @returns {number}
 */
export function estimateBits(passphrase) {
  const text = passphrase.normalize("NFC");
  const rest = withoutCommon(text);
  const common = rest === text ? 0 : BITS_OF_COMMON;
  return Math.min(common + sumOfCharacters(rest), sumOfCharacters(text), repeatedBits(text));
}

/**
 * The hint for a number of bits. The server lets nobody try more than five, whoever has the link;
 * the levels are for whoever runs it, or breaks into it.
 * @param {number} bits
 * @returns {"weak"|"fair"|"good"|"strong"}
 */
export function levelOf(bits) {
  return LEVELS.find(([limit]) => bits < limit)[1];
}

/** The text without its longest word that everybody tries. */
function withoutCommon(text) {
  const plain = withLetters(text).toLowerCase();
  const found = plain.length === text.length ? COMMON.filter((word) => plain.includes(word)) : [];
  if (found.length === 0) return text;
  const word = found.reduce((a, b) => (b.length > a.length ? b : a));
  const at = plain.indexOf(word);
  return text.slice(0, at) + text.slice(at + word.length);
}

/** The letters that some put other characters for. */
function withLetters(text) {
  return text.replace(/[013457@$!]/g, (character) => LOOKALIKES[character]);
}

/** Each character's bits; those that others foretell have next to none. */
function sumOfCharacters(text) {
  const dates = text.match(DATES) ?? [];
  const characters = [...text.replace(DATES, "")];
  const pool = Math.log2(poolOf(text));
  const inWord = markWords(characters);
  return characters.reduce((sum, character, index) => {
    if (isForetold(characters, index)) return sum + BITS_OF_REPEAT;
    return sum + (inWord[index] ? Math.min(BITS_IN_WORD, pool) : pool);
  }, dates.reduce((sum, date) => sum + (date.length > 4 ? BITS_OF_DATE : BITS_OF_YEAR), 0));
}

/** Of how many characters, by the kinds of those that occur, a program would try all. */
function poolOf(text) {
  const kinds = [[/\p{Ll}|\p{Lo}/u, 26], [/\p{Lu}/u, 26], [/\p{Nd}/u, 10], [/[^\p{L}\p{Nd}]/u, 20]];
  return kinds.reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 1);
}

/** Which characters belong to a word of four letters or more, in one case but for its first. */
function markWords(characters) {
  const marks = characters.map(() => false);
  const plain = withLetters(characters.join(""));
  for (const { index, 0: word } of plain.matchAll(/\p{L}?\p{Ll}{3,}|\p{Lu}{4,}/gu)) {
    marks.fill(true, index, index + word.length);
  }
  return marks;
}

/**
 * Whether a character repeats the one before, counts on from it, lies beside it on keyboards, or
 * separates words as another has before.
 */
function isForetold(characters, index) {
  const [before, character] = [characters[index - 1], characters[index]];
  if (before === undefined) return false;
  if (/[^\p{L}\p{N}]/u.test(character) && characters.indexOf(character) < index) return true;
  const [a, b] = [before.toLowerCase(), character.toLowerCase()];
  if (Math.abs(a.codePointAt(0) - b.codePointAt(0)) <= 1) return true;
  return ROWS.some((row) => row.includes(a + b) || row.includes(b + a));
}

/** A text that repeats itself is worth its beginning. */
function repeatedBits(text) {
  const repeated = /^(.+?)\1+$/su.exec(text);
  return repeated ? sumOfCharacters(repeated[1]) + BITS_OF_REPEAT : Infinity;
}
