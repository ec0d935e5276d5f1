/** Calls to the sender's side, as the person who uses the page. */

import { call } from "../api.js";
import { currentSession } from "./session.js";

/**
 * As `call`, below `people/`.
 * @param {"GET"|"POST"|"DELETE"} method
 * @param {string} path such as `secrets`
 * @param {object} [options]
 * @throws {import("../api.js").Problem|import("../sign-in.js").SignInError} see `isOver`
 */
export async function callAsPerson(method, path, options = {}) {
  const headers = await currentSession()?.authorize(options.headers) ?? options.headers;
  return call(method, `people/${path}`, { ...options, headers });
}
