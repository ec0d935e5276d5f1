/** Calls to the sender's side, as the person who uses the page. */

import { call } from "../api.js";

/**
 * As `call`, below `people/`.
 * @param {"GET"|"POST"|"DELETE"} method
 * @param {string} path such as `secrets`
 * @param {object} [options]
 */
export function callAsPerson(method, path, options) {
  return call(method, `people/${path}`, options);
}
