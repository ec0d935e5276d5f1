/**
 * Making a request. The key pair is made here: its public half goes into the link to send, its
 * private half into the link to keep, and neither to the server.
 *
 * @typedef {object} Asked
 * @property {string} send the link to send
 * @property {string} keep the link to keep
 * @property {object} request the server's answer, without what is secret in it
 */

import { BASE, Problem } from "../api.js";
import { identityOfKey, makeIdempotencyKey } from "../format/identity.js";
import { makeRequestKey, writeAnswerLink, writeRequestLink } from "../format/requests.js";
import { isRefusal, revokeQuietly } from "../send/sealing.js";

/**
 * Make one. The same order again makes the same request, so a lost answer is asked for once more.
 * @param {typeof import("../send/people.js").callAsPerson} call
 * @param {{ttl: number, label?: string, kinds?: string[]}} order
 * @param {AbortSignal} [signal]
 * @returns {Promise<Asked>}
 */
export async function makeRequest(call, order, signal) {
  const idempotencyKey = makeIdempotencyKey();
  const identity = await identityOfKey(idempotencyKey);
  const { id, token, receiptToken } = identity;
  const headers = { "Idempotency-Key": idempotencyKey };
  const key = await makeRequestKey();
  try {
    const answer = await call("POST", "requests", { headers, body: order, signal });
    if (!isAbout(answer, identity)) throw new Problem("foreign");
    const { submit_token: _, receipt_token: __, base = BASE, ...request } = answer;
    return {
      send: await writeRequestLink(base, id, token, key.point),
      keep: await writeAnswerLink(base, id, receiptToken, key),
      request,
    };
  } catch (error) {
    if (!isRefusal(error)) await revokeQuietly(call, identity);
    throw error;
  } finally {
    key.scalar.fill(0);
  }
}

/** Whether the tokens are those of our own key: other ones are of somebody else's request. */
function isAbout(answer, { id, token, receiptToken }) {
  return answer?.id === id && answer.submit_token === token && answer.receipt_token === receiptToken;
}
