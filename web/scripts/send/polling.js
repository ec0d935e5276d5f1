/** Looking again and again: soon while there is news, then less and less, and only while seen. */

const FIRST = 4000;
const LONGEST = 60_000;
const SLOWER = 1.5;

export class Polling {
  #look;
  #signal;
  #timer = 0;
  #pause = FIRST;
  #last = Promise.resolve();

  /**
   * @param {() => Promise<boolean|null>} look tells whether there was news; null if there will be
   *   no more
   * @param {AbortSignal} signal ends it
   */
  constructor(look, signal) {
    this.#look = look;
    this.#signal = signal;
    document.addEventListener("visibilitychange", () => this.#resume(), { signal });
    window.addEventListener("online", () => this.#resume(), { signal });
    signal.addEventListener("abort", () => this.#stop());
  }

  /** Look at once; one look at a time. */
  now() {
    this.#stop();
    this.#last = this.#last.then(() => this.#lookOnce());
    return this.#last;
  }

  async #lookOnce() {
    if (this.#signal.aborted) return;
    const news = await this.#look();
    if (news === null) this.#pause = Infinity;
    else this.#pause = news ? FIRST : Math.min(this.#pause * SLOWER, LONGEST);
    this.#wait();
  }

  #wait() {
    this.#stop();
    const over = this.#pause === Infinity || this.#signal.aborted || document.hidden;
    if (!over) this.#timer = setTimeout(() => this.now(), this.#pause);
  }

  #resume() {
    if (document.hidden || this.#pause === Infinity) return this.#stop();
    this.#pause = FIRST;
    this.now();
  }

  #stop() {
    clearTimeout(this.#timer);
  }
}
