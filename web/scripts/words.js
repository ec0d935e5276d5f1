/**
 * What the page says, in the language that its reader chose or the browser prefers.
 *
 * `languages/<code>.json` has one text for each key. `{name}` in it stands for a value. A text that
 * depends on a number has a key for each plural of its language: `views.one`, `views.other`, …
 *
 * @typedef {Record<string, string|number|(() => string)>} Values
 * @typedef {() => string} Phrase says something in the language of the moment
 */

/** Each language by its own name, in the order of the alphabets. */
export const LANGUAGES = {
  id: "Bahasa Indonesia",
  ca: "Català",
  cs: "Čeština",
  da: "Dansk",
  de: "Deutsch",
  en: "English",
  es: "Español",
  fr: "Français",
  it: "Italiano",
  hu: "Magyar",
  nl: "Nederlands",
  nb: "Norsk bokmål",
  pl: "Polski",
  "pt-BR": "Português (Brasil)",
  "pt-PT": "Português (Portugal)",
  ro: "Română",
  sk: "Slovenčina",
  fi: "Suomi",
  sv: "Svenska",
  vi: "Tiếng Việt",
  tr: "Türkçe",
  el: "Ελληνικά",
  bg: "Български",
  ru: "Русский",
  uk: "Українська",
  he: "עברית",
  ar: "العربية",
  fa: "فارسی",
  hi: "हिन्दी",
  ko: "한국어",
  ja: "日本語",
  "zh-Hans": "简体中文",
  "zh-Hant": "繁體中文",
};
const FALLBACK = "en";
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he"]);
const KEPT_AS = "burnbag.language";
const OTHER_NAMES = { in: "id", iw: "he", nn: "nb", no: "nb", tl: "fil" };
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
const DURATIONS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

let language = FALLBACK;
// The same with its region, if the browser prefers one: dates are written otherwise in en-GB.
let locale = FALLBACK;
let texts = {};
let plurals = new Intl.PluralRules(FALLBACK);

/** Load the texts of the language that was chosen before, or that the browser prefers. */
export function loadWords() {
  const code = readChoice() ?? match(navigator.languages);
  return useLanguage(code).catch(() => useLanguage(FALLBACK));
}

/**
 * Say everything in another language from now on, and remember it: its code and nothing else.
 * @param {string} code
 * @throws {Error} if its texts can't be loaded; the language stays as it was
 */
export async function chooseLanguage(code) {
  await useLanguage(code);
  try {
    localStorage.setItem(KEPT_AS, code);
  } catch {
    // A browser that keeps nothing asks its reader again.
  }
}

/** @returns {string} the code of the language in use */
export function currentLanguage() {
  return language;
}

/**
 * The best of our languages for somebody who prefers these.
 * @param {readonly string[]} preferred language tags (BCP 47), the best first
 * @param {readonly string[]} known
 * @returns {string}
 */
export function match(preferred, known = Object.keys(LANGUAGES)) {
  for (const tag of preferred) {
    const found = namesOf(tag).find((name) => known.includes(name));
    if (found) return found;
  }
  return FALLBACK;
}

/**
 * The text of a key, in the plural of `values.count` if there is one.
 * @param {string} key
 * @param {Values} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  const text = texts[`${key}.${pluralOf(values.count)}`] ?? texts[`${key}.other`] ?? texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => write(values[name]));
}

/**
 * The same, to be said anew whenever the language changes.
 * @param {string} key
 * @param {Values} [values]
 * @returns {Phrase}
 */
export function phrase(key, values) {
  return () => say(key, values);
}

/** @param {number} bytes */
export function formatSize(bytes) {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return formatUnit(bytes / 1000 ** power, UNITS[power], power < 1 ? "long" : "short");
}

/** @param {number} seconds in the largest unit that it is a multiple of */
export function formatDuration(seconds) {
  const [unit, length] = DURATIONS.find(([, length]) => seconds % length === 0);
  return formatUnit(seconds / length, unit, "long");
}

/** @param {number} time in epoch seconds */
export function formatTime(time) {
  const style = { dateStyle: "long", timeStyle: "short" };
  return new Intl.DateTimeFormat(locale, style).format(time * 1000);
}

/** @param {number} time in epoch seconds, said as from now: "in 3 hours", "2 minutes ago" */
export function formatRelative(time) {
  const seconds = time - Date.now() / 1000;
  const [unit, length] =
    DURATIONS.find(([, length]) => Math.abs(seconds) >= length) ?? DURATIONS.at(-1);
  const style = { numeric: "auto" };
  return new Intl.RelativeTimeFormat(locale, style).format(Math.round(seconds / length), unit);
}

/** @param {number} seconds as a clock that runs down */
export function formatClock(seconds) {
  const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 });
  return `${formatNumber(Math.floor(seconds / 60))}:${two.format(seconds % 60)}`;
}

/** @param {number} number */
export function formatNumber(number) {
  return new Intl.NumberFormat(locale).format(number);
}

async function useLanguage(code) {
  texts = await load(code);
  language = code;
  locale = navigator.languages.find((tag) => match([tag], [code, FALLBACK]) === code) ?? code;
  plurals = new Intl.PluralRules(code);
  document.documentElement.lang = code;
  document.documentElement.dir = RIGHT_TO_LEFT.has(code) ? "rtl" : "ltr";
}

async function load(code) {
  const answer = await fetch(new URL(`../languages/${code}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`no texts for ${code}`);
  return answer.json();
}

function readChoice() {
  try {
    const code = localStorage.getItem(KEPT_AS);
    return code !== null && Object.hasOwn(LANGUAGES, code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** The names that a language may have here, the most exact first: `zh-TW` is `zh-Hant`. */
function namesOf(tag) {
  try {
    const { language: name, script, region } = new Intl.Locale(tag).maximize();
    const european = name === "pt" && region !== "BR" ? ["pt-PT"] : [];
    return [tag, `${name}-${script}`, `${name}-${region}`, ...european, OTHER_NAMES[name], name];
  } catch {
    return [];
  }
}

function pluralOf(count) {
  return typeof count === "number" ? plurals.select(count) : "";
}

/** A value inside a text. In a right-to-left one, it must not change the order of what is around. */
function write(value) {
  if (typeof value === "number") return formatNumber(value);
  const text = String(typeof value === "function" ? value() : value);
  return RIGHT_TO_LEFT.has(language) ? `\u2068${text}\u2069` : text;
}

function formatUnit(number, unit, unitDisplay) {
  const style = { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(locale, style).format(number);
}
