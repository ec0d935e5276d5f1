/** Calls as the person who uses the page: a sender's, and a named recipient's. */

import { Problem, call } from "../api.js";
import { currentSession } from "./session.js";

/**
 * As `call`, below `people/`.
 * @param {"GET"|"POST"|"DELETE"} method
 * @param {string} path such as `secrets`
 * @param {object} [options]
 * @throws {Problem|import("../sign-in.js").SignInError} see `isOver`
 */
export async function callAsPerson(method, path, options = {}) {
  const headers = await authorize(options.headers);
  return call(method, `people/${path}`, { ...options, headers });
}

/** A provider that can't be reached is no other trouble than a burnbag that can't. */
async function authorize(headers) {
  try {
    return await currentSession()?.authorize(headers) ?? headers;
  } catch (error) {
    throw error.reason === "unanswered" ? new Problem("unanswered") : error;
  }
}
