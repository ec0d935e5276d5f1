/**
 * What this person has sent, in this browser alone, and only if they want it.
 *
 * An entry has the receipt token, so that what became of a secret can be seen, and the secret be
 * revoked. It opens nothing: neither the link nor its key is ever kept. But whoever uses this
 * browser can see the labels and revoke.
 *
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} receiptToken
 * @property {string} kind `text`, `file` or `upload`
 * @property {string} label
 * @property {number} createdAt epoch seconds
 * @property {number} expiresAt epoch seconds
 */

const KEY = "burnbag.sent";
const MOST_ENTRIES = 200;
// A receipt is kept for 90 days after the end, at most 30 days after it was sealed, by default.
const LONGEST_KEPT = 180 * 24 * 3600;

/** The list of what was sent. It exists as soon as it is wanted, and holds nothing before. */
export class History {
  /** @param {() => Storage} [getStorage] a browser may refuse even to name its storage */
  constructor(getStorage = () => window.localStorage) {
    this.getStorage = getStorage;
  }

  /** @returns {boolean} whether this person wants it */
  get wanted() {
    return this.#read() !== null;
  }

  /** Begin to keep what is sent from now on. @returns {boolean} whether the browser lets us */
  begin() {
    return this.#write(this.list());
  }

  /** Forget everything, and keep nothing any more. */
  forget() {
    try {
      this.getStorage().removeItem(KEY);
    } catch {
      // Then nothing is kept either.
    }
  }

  /**
   * @param {number} [now] epoch seconds
   * @returns {Entry[]} the newest first, without what is too old
   */
  list(now = Date.now() / 1000) {
    return (this.#read() ?? []).filter((entry) => entry.expiresAt + LONGEST_KEPT > now);
  }

  /** @param {Entry} entry kept only if the history is wanted */
  add({ id, receiptToken, kind, label, createdAt, expiresAt }) {
    if (!this.wanted) return;
    const others = this.list().filter((known) => known.id !== id);
    const entry = { id, receiptToken, kind, label, createdAt, expiresAt };
    this.#write([entry, ...others].slice(0, MOST_ENTRIES));
  }

  /** @param {string} id */
  remove(id) {
    if (this.wanted) this.#write(this.list().filter((entry) => entry.id !== id));
  }

  #read() {
    try {
      const text = this.getStorage().getItem(KEY);
      return text === null ? null : JSON.parse(text).filter(isEntry);
    } catch {
      return null;
    }
  }

  #write(entries) {
    try {
      this.getStorage().setItem(KEY, JSON.stringify(entries));
      return true;
    } catch {
      return false;
    }
  }
}

function isEntry(entry) {
  const texts = ["id", "receiptToken", "kind", "label"];
  const times = ["createdAt", "expiresAt"];
  return texts.every((name) => typeof entry?.[name] === "string")
    && times.every((name) => Number.isFinite(entry[name]));
}
