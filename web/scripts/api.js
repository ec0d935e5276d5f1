/**
 * Calls to the burnbag that this page came from.
 *
 * Each answer is a JSON object or a `Problem`. What is only temporary is tried again, with pauses.
 */

const ASSETS = new URL("../", import.meta.url);
/** The version of this page, which is part of every asset's URL. */
export const VERSION = ASSETS.pathname.split("/").at(-2) ?? "";
/** Where the page and its API are, with a final slash. */
export const BASE = new URL("../../", ASSETS).href;

const PREFIX = "urn:burnbag:problem:";
const TEMPORARY = new Set([429, 502, 503, 504]);
const NOT_SIGNED_IN = 401;
const TRIES = 5;
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 5000;
// API Gateway answers within 29 seconds.
const LONGEST_WAIT = 35_000;
// A form has a file of a few megabytes, and a slow line takes its time.
const LONGEST_UPLOAD = 300_000;

/** What went wrong: the `type` of a problem document, or one of the page's own. */
export class Problem extends Error {
  /**
   * @param {string} type without its prefix; `unanswered` if no answer came, `foreign` if the answer
   *   is not burnbag's
   * @param {number} [status] 0 if no answer came
   * @param {Record<string, any>} [extensions] such as `attempts_left`
   * @param {number} [retryAfter] milliseconds to wait at least
   */
  constructor(type, status = 0, extensions = {}, retryAfter = 0) {
    super(type);
    this.name = "Problem";
    this.type = type;
    this.status = status;
    this.extensions = extensions;
    this.retryAfter = retryAfter;
    /** When to try again, in epoch seconds, if it is said and later than the page waits by itself. */
    this.until = retryAfter > LONGEST_PAUSE ? (Date.now() + retryAfter) / 1000 : null;
  }
}

/**
 * Call burnbag.
 * @param {"GET"|"POST"|"DELETE"} method
 * @param {string} path relative to the base, such as `v1/secrets/…`
 * @param {object} [options]
 * @param {string} [options.token] the link's or the receipt's
 * @param {string} [options.key] an idempotency key
 * @param {object|FormData} [options.body] what is no form is sent as JSON
 * @param {Record<string, string>} [options.headers]
 * @param {number} [options.tries] 1 for what must not be repeated
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<any>} the answer's JSON; null if it has none
 * @throws {Problem} and an AbortError if `signal` is aborted
 */
export async function call(method, path, { tries = TRIES, signal, ...options } = {}) {
  const url = new URL(path, BASE);
  for (let number = 1; ; number++) {
    try {
      return await callOnce(method, url, { signal, ...options });
    } catch (error) {
      if (!isTemporary(error) || error.until || number >= tries) throw error;
      await pause(number, error.retryAfter, signal);
    }
  }
}

/** @param {unknown} error whether the same call may be answered later */
export function isTemporary(error) {
  if (!(error instanceof Problem)) return false;
  return error.type === "unanswered" || TEMPORARY.has(error.status);
}

/** @param {unknown} error whether somebody has to sign in (again) */
export function isSignedOut(error) {
  return error.reason === "over" || (error instanceof Problem && error.status === NOT_SIGNED_IN);
}

/**
 * Wait before another try, with full jitter: who failed together should not come back together.
 * @param {number} number of the try that failed
 * @param {number} atLeast milliseconds
 * @param {AbortSignal} [signal]
 */
export function pause(number, atLeast, signal) {
  const jitter = Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** number);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, atLeast + jitter);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/**
 * A signal that is aborted as soon as one of two is. Safari before 17.4 has no `AbortSignal.any`.
 * @param {AbortSignal} one
 * @param {AbortSignal} other
 * @returns {AbortSignal}
 */
export function eitherSignal(one, other) {
  const both = new AbortController();
  for (const each of [one, other]) {
    if (each.aborted) both.abort(each.reason);
    each.addEventListener("abort", () => both.abort(each.reason), { once: true, signal: both.signal });
  }
  return both.signal;
}

async function callOnce(method, url, { token, key, body, headers = {}, signal }) {
  const sent = new Headers({ Accept: "application/json", ...headers });
  if (token) sent.set("X-Burnbag-Token", token);
  if (key) sent.set("Idempotency-Key", key);
  const isForm = body instanceof FormData; // Its type has a boundary, which the browser adds.
  if (body && !isForm) sent.set("Content-Type", "application/json");
  const request = { method, headers: sent, body: body && !isForm ? JSON.stringify(body) : body };
  const answer = await ask(url, request, isForm ? LONGEST_UPLOAD : LONGEST_WAIT, signal);
  const found = await readJson(answer, signal);
  if (answer.ok) return found;
  const type = typeof found?.type === "string" ? found.type : "";
  const isOurs = type.startsWith(PREFIX);
  const name = isOurs ? type.slice(PREFIX.length) : typeOf(answer.status);
  throw new Problem(name, answer.status, isOurs ? found : {}, retryAfterOf(answer));
}

async function ask(url, request, wait, signal) {
  const limit = AbortSignal.timeout(wait);
  try {
    return await fetch(url, {
      ...request,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: signal ? eitherSignal(signal, limit) : limit,
    });
  } catch {
    signal?.throwIfAborted();
    throw new Problem("unanswered");
  }
}

async function readJson(answer, signal) {
  let text;
  try {
    text = await answer.text();
  } catch {
    signal?.throwIfAborted();
    throw new Problem("unanswered");
  }
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    if (answer.ok) throw new Problem("foreign", answer.status);
    return null;
  }
}

/** What an error means that is not in our words: a proxy's, or of a gateway without our texts. */
function typeOf(status) {
  if (status === 429) return "throttled";
  return status >= 500 ? "unavailable" : "foreign";
}

function retryAfterOf(answer) {
  const text = answer.headers.get("Retry-After") ?? "";
  return /^\d{1,6}$/.test(text) ? Number(text) * 1000 : 0;
}
