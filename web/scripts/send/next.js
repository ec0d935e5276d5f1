/**
 * What another tab does once the provider has forgotten who was signed in there: sign in as somebody
 * else. Until the provider leads back, that tab itself keeps where to go on: an address of the
 * provider's, with nothing in it that opens anything.
 */

import { loadConfig } from "../config.js";

const KEY = "burnbag.next";

/**
 * @param {Window} tab which has not left yet
 * @param {URL} url
 * @returns {boolean} whether the browser lets it
 */
export function noteNext(tab, url) {
  try {
    tab.sessionStorage.setItem(KEY, url.href);
    return true;
  } catch {
    return false;
  }
}

/**
 * Go on in this tab, if it is such a one.
 * @returns {Promise<boolean>}
 */
export async function goOn() {
  const next = takeNext();
  if (next === null) return false;
  const { sign_in: facts } = await loadConfig();
  if (!facts || !next.startsWith(`${facts.authorize_url}?`)) return false;
  location.replace(next);
  return true;
}

function takeNext() {
  try {
    const next = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return next;
  } catch {
    return null;
  }
}
