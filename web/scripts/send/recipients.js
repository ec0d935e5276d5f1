/**
 * Who alone may open what is sent. The server decides what it takes; what it would refuse is said
 * here before anything is encrypted.
 */

const NAME = "[\\w+=,.@-]{1,64}";
const DOMAIN = "[a-z0-9-]{1,63}(?:\\.[a-z0-9-]{1,63})+";
const PERSON = new RegExp(`^(?:[a-z0-9.!#$%&'*+/=?^_\`{|}~-]{1,64})?@${DOMAIN}$`);
const LONGEST_PERSON = 254;
const PRINCIPAL = new RegExp(
  `^(arn:aws[a-z-]*:iam::\\d{12}:(?:role|user)/)(?:[!-~]{1,511}/)?(${NAME})$`,
);
const SESSION = /^arn:aws[a-z-]*:sts::\d{12}:assumed-role\//;
/** More, and it is a mailing list. */
export const MOST = 20;

/**
 * What was typed or pasted, one entry each: on lines of their own, with commas, spaces or semicolons
 * between, or as a mail program writes them, `Ada Lovelace <ada@example.com>`.
 * @param {string} text
 * @returns {string[]} without any twice
 */
export function readRecipients(text) {
  const bare = text.replace(/[^<>,;\n]*<([^<>\s]+)>/g, " $1 ");
  const entries = bare.split(/[\s;]+/)
    // A role's name may have a comma in it.
    .flatMap((entry) => (entry.startsWith("arn:") ? entry.replace(/,$/, "") : entry.split(",")))
    .filter(Boolean)
    .map((entry) => (entry.startsWith("arn:") ? entry : toLowerCase(entry)));
  return [...new Set(entries)];
}

/** Of ASCII only: what merely becomes such a letter is another address. */
function toLowerCase(text) {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * @param {string} entry
 * @param {boolean} people whether there is a sign-in to know people by
 * @returns {null|"session"|"people"|"none"} why it can't be named: a role's session, which ends; a
 *   person where nobody signs in; nothing that is known here
 */
export function whatIsWrong(entry, people) {
  if (PRINCIPAL.test(entry) && !/[*?]/.test(entry)) return null;
  if (SESSION.test(entry)) return "session";
  if (!PERSON.test(entry) || entry.length > LONGEST_PERSON) return "none";
  return people ? null : "people";
}

/**
 * The list as the server keeps it: sorted, and of a role or a user without the path, which a session
 * does not tell.
 * @param {string[]} entries
 * @returns {string[]}
 */
export function normalizeRecipients(entries) {
  return [...new Set(entries.map((entry) => entry.replace(PRINCIPAL, "$1$2")))].sort();
}
