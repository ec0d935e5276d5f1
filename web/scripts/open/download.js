/**
 * A large secret's bytes, straight from where they lie, as fast as they are read and no faster.
 *
 * A broken connection goes on from where it broke (RFC 9110, section 14). After several failures in a
 * row that brought no byte, it waits until it is told to go on.
 */

import { Problem, eitherSignal, isSignedOut, isTemporary, pause } from "../api.js";
import { Damaged } from "../format/aes128gcm.js";

const TRIES = 5;
const PARTIAL = 206;
/** After so long without a byte a connection counts as broken, in milliseconds. */
const LONGEST_SILENCE = 30_000;

export class Download {
  #nextUrl;
  #ending = new AbortController();

  /**
   * @param {number} size
   * @param {() => Promise<string>} nextUrl gives a URL, and a new one when the last has expired
   */
  constructor(size, nextUrl) {
    this.#nextUrl = nextUrl;
    this.size = size;
    this.done = 0;
    /** Called whenever bytes have come. */
    this.onprogress = () => {};
    /** Asked how to go on after an error; what it throws fails the download. */
    this.onbroken = async (error) => {
      throw error;
    };
    const pieces = this.#read();
    this.stream = new ReadableStream({
      pull: async (controller) => {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => this.cancel(),
    }, { highWaterMark: 0 });
  }

  /** Stop; whoever reads gets an AbortError. */
  cancel() {
    this.#ending.abort();
  }

  async *#read() {
    let url = null;
    let failures = 0;
    while (this.done < this.size) {
      const before = this.done;
      try {
        url ??= await this.#nextUrl();
        yield* this.#readFrom(url);
        if (this.done < this.size) throw new Problem("unanswered");
      } catch (error) {
        this.#ending.signal.throwIfAborted();
        failures = this.done > before ? 1 : failures + 1;
        const isOver = error.type !== "url-expired" && isSignedOut(error);
        if (error.type === "url-expired") url = null;
        else if (!isTemporary(error) && !isOver) throw error;
        if (failures < TRIES && !isOver) {
          await pause(failures, error.retryAfter, this.#ending.signal);
        } else {
          await this.onbroken(error);
          failures = 0;
        }
      }
    }
  }

  async *#readFrom(url) {
    const breaking = new AbortController();
    const signal = eitherSignal(this.#ending.signal, breaking.signal);
    const within = (promise) => {
      const timer = setTimeout(() => breaking.abort(), LONGEST_SILENCE);
      return promise.catch(() => {
        throw new Problem("unanswered");
      }).finally(() => clearTimeout(timer));
    };
    const answer = await within(fetch(url, {
      headers: { Range: `bytes=${this.done}-` },
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal,
    }));
    if (answer.status !== PARTIAL) throw problemOf(answer);
    const reader = answer.body.getReader();
    try {
      for (;;) {
        const { done, value } = await within(reader.read());
        if (done) return;
        this.done += value.length;
        if (this.done > this.size) throw new Damaged();
        this.onprogress();
        yield value;
      }
    } finally {
      breaking.abort();
    }
  }
}

/** What an error of the store means. It denies what has expired, or was removed since. */
function problemOf({ status }) {
  if (status === 400 || status === 401 || status === 403) return new Problem("url-expired", status);
  return new Problem(status < 400 ? "foreign" : "unavailable", status === 500 ? 503 : status);
}
