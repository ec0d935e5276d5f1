/**
 * Signing in, for those who send and those who are named: the authorization code flow with PKCE, by
 * redirect. (RFC 6749, section 4.1; RFC 7636; OpenID Connect Core, section 3.1)
 *
 * The tokens live in this module alone, so they end with the tab and no other page finds them.
 * Where a tab leaves for the provider itself, what has to survive the way there and back is written
 * down for that long, in its sessionStorage: values that are used once, and open nothing without the
 * code that they belong to. A link's fragment is never part of it: whoever opens one stays here, and
 * the provider is shown in another tab. Docs: `docs/adr/0040-…`.
 *
 * @typedef {object} Facts what config.json has as `sign_in`
 * @property {string} authorize_url
 * @property {string} token_url
 * @property {string} [revoke_url]
 * @property {string} logout_url
 * @property {string} client_id
 * @property {string} scope
 * @property {string} redirect_url
 */

import { encode } from "./format/base64url.js";

const KEY = "burnbag.sign-in";
const RANDOM_BYTES = 32;
// An id token that ends within this is renewed before it is used, in milliseconds.
const MARGIN = 60_000;
const LONGEST_DETAIL = 200;

/**
 * Why nobody is signed in. `reason`: "refused" (by the provider, or by the person there), "foreign"
 * (an answer to something that this tab has not asked), "over" (sign in again), "unanswered" (no
 * connection to the provider).
 */
export class SignInError extends Error {
  /**
   * @param {"refused"|"foreign"|"over"|"unanswered"} reason
   * @param {string} [detail] the provider's own words; show them as text
   */
  constructor(reason, detail = "") {
    super(reason);
    this.name = "SignInError";
    this.reason = reason;
    this.detail = detail.slice(0, LONGEST_DETAIL);
  }
}

/**
 * What to ask the provider for, and what its answer has to fit.
 * @typedef {{state: string, nonce: string, verifier: string}} Attempt
 * @param {Facts} facts
 * @returns {Promise<{url: URL, attempt: Attempt}>} whoever goes to `url` signs in there
 * @throws {SignInError} if the address holds what is not to be left behind
 */
export async function prepareSignIn(facts) {
  if (!/^(#\w*)?$/.test(location.hash)) throw new SignInError("foreign");
  const attempt = { state: makeRandom(), nonce: makeRandom(), verifier: makeRandom() };
  const url = new URL(facts.authorize_url);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: facts.client_id,
    redirect_uri: facts.redirect_url,
    scope: facts.scope,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await challengeOf(attempt.verifier),
    code_challenge_method: "S256",
  }).toString();
  return { url, attempt };
}

/**
 * Leave for the provider, which leads back to the page. Whatever the page holds is gone then.
 * @param {Facts} facts
 * @throws {SignInError} as `prepareSignIn` does
 */
export async function signIn(facts) {
  const { url, attempt } = await prepareSignIn(facts);
  sessionStorage.setItem(KEY, JSON.stringify(attempt));
  location.assign(url);
}

/** Whether the page was called by the provider, so that `finishSignIn` has something to do. */
export function isReturning(search = location.search) {
  const returned = new URLSearchParams(search);
  return returned.has("state") && (returned.has("code") || returned.has("error"));
}

/** Whether it was this tab that left for the provider, which has answered with `search`. */
export function hasLeft(search) {
  const state = new URLSearchParams(search).get("state");
  return state !== null && readAttempt()?.state === state;
}

/**
 * Go on where `signIn` left off, if the provider has just led back here. The address and what was
 * written down are forgotten before anything else happens.
 * @param {Facts} facts
 * @param {string} [search] the address's query, if it was taken away before
 * @param {Attempt|null} [attempt] if it was not this tab that left
 * @returns {Promise<Session|null>} null if nobody was signing in
 * @throws {SignInError}
 */
export async function finishSignIn(facts, search = location.search, attempt = takeAttempt()) {
  const returned = new URLSearchParams(search);
  if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  if (!isReturning(search) || !attempt) return null;
  if (returned.get("state") !== attempt.state) throw new SignInError("foreign");
  if (returned.has("error")) {
    throw new SignInError("refused", returned.get("error_description") ?? "");
  }
  const tokens = await askForTokens(facts, {
    grant_type: "authorization_code",
    code: returned.get("code"),
    redirect_uri: facts.redirect_url,
    code_verifier: attempt.verifier,
  });
  const claims = readClaims(tokens.id_token);
  if (claims.nonce !== attempt.nonce || claims.aud !== facts.client_id) {
    throw new SignInError("foreign");
  }
  return new Session(facts, tokens, claims);
}

/** Somebody who is signed in, as long as the tab lives or the provider allows it. */
export class Session {
  #facts;
  #idToken;
  #refreshToken;
  #until;
  #renewal = null;

  /**
   * @param {Facts} facts
   * @param {{id_token: string, refresh_token?: string}} tokens
   * @param {Record<string, any>} claims of the id token
   */
  constructor(facts, tokens, claims) {
    this.#facts = facts;
    this.email = String(claims.email ?? "");
    this.#keep(tokens, claims);
  }

  /**
   * The headers with which the API knows who is calling. Call it anew for each call.
   * @param {Record<string, string>} [headers] which are kept
   * @returns {Promise<Record<string, string>>}
   * @throws {SignInError} "over" if one has to sign in again
   */
  async authorize(headers = {}) {
    if (!this.#idToken || Date.now() > this.#until - MARGIN) await this.#renewOnce();
    return { ...headers, Authorization: this.#idToken };
  }

  /** Forget who it was, here and at the provider, which leads back to the page. */
  signOut() {
    location.assign(this.end());
  }

  /**
   * Forget who it was.
   * @returns {URL} whoever goes there is forgotten by the provider, which leads back to the page
   */
  end() {
    const { revoke_url: revoke, logout_url: logout, client_id: client } = this.#facts;
    if (revoke && this.#refreshToken) {
      // The answer can't be read from another origin, and need not be.
      const body = new URLSearchParams({ token: this.#refreshToken, client_id: client });
      fetch(revoke, { ...REQUEST, method: "POST", mode: "no-cors", keepalive: true, body }).catch(() => {});
    }
    this.#forget();
    const url = new URL(logout);
    url.search = new URLSearchParams({ client_id: client, logout_uri: this.#facts.redirect_url }).toString();
    return url;
  }

  /** Calls that come at once share one renewal. */
  async #renewOnce() {
    this.#renewal ??= this.#renew().finally(() => (this.#renewal = null));
    await this.#renewal;
  }

  async #renew() {
    if (!this.#refreshToken) throw new SignInError("over");
    try {
      const tokens = await askForTokens(this.#facts, {
        grant_type: "refresh_token",
        refresh_token: this.#refreshToken,
      });
      this.#keep(tokens, readClaims(tokens.id_token));
    } catch (error) {
      if (error.reason === "unanswered") throw error;
      this.#forget();
      throw new SignInError("over");
    }
  }

  /** By this device's clock: from now on for as long as the token lasts, whatever its clock says. */
  #keep(tokens, claims) {
    this.#idToken = tokens.id_token;
    this.#refreshToken = tokens.refresh_token ?? this.#refreshToken;
    this.#until = Date.now() + (claims.exp - claims.iat) * 1000;
  }

  #forget() {
    this.#idToken = this.#refreshToken = null;
  }
}

const REQUEST = {
  cache: "no-store",
  credentials: "omit",
  redirect: "error",
  referrerPolicy: "no-referrer",
};

/** @throws {SignInError} */
async function askForTokens(facts, form) {
  const body = new URLSearchParams({ client_id: facts.client_id, ...form });
  let answer, found;
  try {
    answer = await fetch(facts.token_url, { ...REQUEST, method: "POST", body });
    found = await answer.json();
  } catch {
    throw new SignInError("unanswered");
  }
  if (answer.status >= 500) throw new SignInError("unanswered");
  if (!answer.ok || typeof found.id_token !== "string") {
    throw new SignInError("refused", String(found.error_description ?? found.error ?? ""));
  }
  return found;
}

/**
 * The claims of an id token. It came from the provider's own host, so its signature need not be
 * checked here (OpenID Connect Core, section 3.1.3.7); the API checks it.
 * @throws {SignInError}
 */
function readClaims(token) {
  try {
    const text = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0))));
    if (claims.iat > 0 && claims.exp > claims.iat) return claims;
  } catch {
    // What is no token is none for whatever reason.
  }
  throw new SignInError("foreign");
}

/** What `signIn` has written down, which nobody needs twice. */
function takeAttempt() {
  const attempt = readAttempt();
  if (attempt) sessionStorage.removeItem(KEY);
  return attempt;
}

function readAttempt() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function makeRandom() {
  return encode(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
}

async function challengeOf(verifier) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return encode(new Uint8Array(digest));
}
