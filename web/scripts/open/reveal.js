/**
 * Revealing: consume a view, or fetch again the one that this tab has consumed before.
 *
 * All calls for one view have the same idempotency key, so it is consumed once. Until it is
 * confirmed, the same key gets it again: for two minutes, an upload for fifteen.
 *
 * @typedef {import("../format/links.js").Link} Link
 */

import { Problem } from "../api.js";
import { decrypt } from "../format/aes128gcm.js";
import { decodeBase64 } from "../format/base64url.js";
import { encodeText, streamOf } from "../format/bytes.js";
import { safeName, unpackContent } from "../format/content.js";
import { findKeys } from "../format/keys.js";
import { Download } from "./download.js";
import { makeKey, noteFinished, noteUnfinished } from "./unfinished.js";

// A wrong passphrase is counted each time it arrives, even if the answer gets lost.
const TRIES_WITH_PASSPHRASE = 2;
// Together they take less than the two minutes for which a lost answer can be had again.
const TRIES_TO_REVEAL = 3;
const TRIES_TO_CONFIRM = 3;
// The longest that the server waits for somebody who lost the answer, in seconds.
const WINDOW = 900;

/**
 * @param {Link} link
 * @param {string|null} passphrase as it was typed
 * @param {import("./open.js").Door} door
 * @param {number} [views] how many this tab may have had before
 * @returns {Promise<View>}
 * @throws {Problem}
 */
export async function reveal(link, passphrase, door, views = 1) {
  const keys = await findKeys(link, passphrase);
  const sent = keys ? keys.passphrase : passphrase;
  for (let number = 0; number < views; number++) {
    const view = new View(link, keys, sent, await makeKey(link, number), door);
    try {
      await view.ask();
      return view;
    } catch (error) {
      if (error.type !== "already-confirmed") throw error;
    }
  }
  throw new Problem("already-confirmed", 409);
}

/** One view. */
export class View {
  #link;
  #keys;
  #passphrase;
  #key;
  #door;

  constructor(link, keys, passphrase, key, door) {
    this.#link = link;
    this.#keys = keys;
    this.#passphrase = passphrase;
    this.#key = key;
    this.#door = door;
    this.download = null;
    this.asked = Date.now();
  }

  /** Consume it, or get the same answer again. */
  async ask() {
    noteUnfinished(this.#link.id, Date.now() / 1000 + WINDOW);
    const body = this.#passphrase === null ? {} : { passphrase: this.#passphrase };
    const tries = this.#passphrase === null ? TRIES_TO_REVEAL : TRIES_WITH_PASSPHRASE;
    this.answer = await this.#call("reveal", { body, tries });
    const { kind, views_left: left } = this.answer ?? {};
    if (!["text", "file", "upload"].includes(kind) || !Number.isInteger(left)) {
      throw new Problem("foreign");
    }
    if (this.answer.claimed_until) noteUnfinished(this.#link.id, this.answer.claimed_until);
  }

  /** Ask once more, as long as that can't use another view: somebody may have slept meanwhile. */
  askAgain() {
    if (Date.now() > this.asked + WINDOW * 1000) throw new Problem("already-confirmed", 409);
    return this.ask();
  }

  /** How many views are left after this one. */
  get viewsLeft() {
    return this.answer.views_left;
  }

  /** How many bytes are stored. */
  get size() {
    return this.answer.size;
  }

  /** Whether the sender encrypted it: then it is padded, and there are fewer bytes. */
  get isPadded() {
    return this.#keys !== null;
  }

  /**
   * The description and the bytes, decrypted if there are keys. A large secret is only fetched as
   * fast as somebody reads it.
   * @returns {Promise<{description: {mediaType: string, filename: string}, body: ReadableStream}>}
   * @throws {Damaged|Problem}
   */
  async content() {
    const stored = this.#fetch();
    if (this.#keys === null) return { description: describe(this.answer), body: stored };
    const key = await this.#keys.contentKey(this.answer.kind);
    return unpackContent(stored.pipeThrough(decrypt(key)));
  }

  /** Give the claim up: it is shown or saved. If that fails, the claim ends by itself. */
  confirm() {
    noteFinished(this.#link.id);
    return this.#call("confirm", { tries: TRIES_TO_CONFIRM }).catch(() => {});
  }

  #fetch() {
    if (this.answer.kind !== "upload") return streamOf(readStored(this.answer));
    let { url } = this.answer.download;
    this.download = new Download(this.size, async () => {
      if (url === null) await this.askAgain();
      const next = url ?? this.answer.download.url;
      url = null;
      return next;
    });
    return this.download.stream;
  }

  #call(action, options) {
    const path = `secrets/${this.#link.id}/${action}`;
    return this.#door("POST", path, { token: this.#link.token, key: this.#key, ...options });
  }
}

function readStored({ secret, secret_base64: base64 }) {
  return typeof secret === "string" ? encodeText(secret) : decodeBase64(base64);
}

/** What a server that sealed it itself says of it. */
function describe({ secret, filename = "", media_type: mediaType }) {
  return {
    mediaType: mediaType ?? (typeof secret === "string" ? "text/plain" : ""),
    filename: filename && safeName(String(filename)),
  };
}
