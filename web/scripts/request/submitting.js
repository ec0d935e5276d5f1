/**
 * Answering a request: what is sent is encrypted so that only who asked can read it.
 *
 * The answer is an ordinary secret. The token and the key of its link are made here, and go to who
 * asked encrypted to their public key, which the link that asks has. So neither the server nor
 * whoever runs it can read the answer, or put another in its place.
 *
 * Only one answer is taken. Whether it has arrived is sometimes in doubt, so an answer is kept as it is
 * and sent again: the same again is no second one.
 *
 * @typedef {import("../format/requests.js").Request} Request
 * @typedef {import("../send/sealing.js").Content} Content
 */

import { Problem, call } from "../api.js";
import { encode, encodeBase64 } from "../format/base64url.js";
import { packContent } from "../format/content.js";
import { makeKeys, makeLinkKey } from "../format/keys.js";
import { sealKey } from "../format/requests.js";
import { readBlob } from "../send/files.js";
import { encryptToBytes, isRefusal } from "../send/sealing.js";
import { encryptAside, postForm } from "../send/upload.js";
import { chooseWays } from "../send/ways.js";

const TOKEN_BYTES = 32;
const TOO_LARGE = 413;
const TOO_MANY = 429;
const ENCRYPTED_NAME = "encrypted";
// What ends an answer that was in doubt: somebody else's was taken, or the request is not there.
const OVER = new Set([404, 410]);

/**
 * Encrypt and submit, by the first way that the server takes.
 * @param {Request} request
 * @param {Content} content
 * @param {object} options
 * @param {Record<string, number>} options.limits
 * @param {(phase: "encrypt"|"send", done: number, total: number) => void} [options.progress]
 * @param {AbortSignal} [options.signal]
 * @param {(submission: Submission) => void} options.doubt told of what may have arrived
 */
export async function submit(request, content, { limits, doubt, ...options }) {
  const { ways } = chooseWays(content, limits);
  for (const kind of ways) {
    const submission = await makeSubmission(request, content, kind, options);
    try {
      return await submission.send(options);
    } catch (error) {
      if (submission.inDoubt) doubt(submission);
      else await submission.discard();
      // A server with smaller limits than it told; the next way may still do.
      if (error.status !== TOO_LARGE || kind === ways.at(-1)) throw error;
    }
  }
}

/** Encrypt, for one way to submit. */
async function makeSubmission(request, content, kind, { progress = () => {}, signal }) {
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  const linkKey = makeLinkKey();
  const keys = await makeKeys(request.id, linkKey, null);
  const contentKey = await keys.contentKey(kind);
  const fields = { token: encode(token), sealed_key: await sealKey(request, token, linkKey) };
  for (const secret of [token, linkKey]) secret.fill(0);
  if (kind !== "upload") {
    return new Submission(request, kind, fields, await encryptToBytes(content, contentKey));
  }
  const { blob, description } = content;
  const spool = await encryptAside(packContent(description, readBlob(blob)), contentKey, {
    total: blob.size,
    progress: (done, total) => progress("encrypt", done, total),
    signal,
  });
  return new Submission(request, kind, fields, spool);
}

/** One answer, encrypted. It can be sent again, and is the same each time. */
export class Submission {
  #request;
  #kind;
  #fields;
  #encrypted;
  /** Whether it may have arrived, or a part of it. */
  inDoubt = false;

  /**
   * @param {Request} request
   * @param {"text"|"file"|"upload"} kind
   * @param {{token: string, sealed_key: string}} fields
   * @param {Uint8Array|import("../send/spool.js").Spool} encrypted a spool for an upload
   */
  constructor(request, kind, fields, encrypted) {
    this.#request = request;
    this.#kind = kind;
    this.#fields = fields;
    this.#encrypted = encrypted;
  }

  /**
   * @param {object} [options] as for `submit`
   * @throws {Problem|import("../send/upload.js").UploadFailed}
   */
  async send({ progress = () => {}, signal } = {}) {
    const { id, token } = this.#request;
    try {
      const answer = await call("POST", `v1/requests/${id}/submit`, { token, body: this.#body(), signal });
      if (answer?.id !== id) throw new Problem("foreign");
      if (answer.upload) {
        this.inDoubt = true; // Taken, and nothing of it is there yet.
        const sending = (done, total) => progress("send", done, total);
        await postForm(answer.upload, this.#encrypted.blob, { progress: sending, signal });
      }
    } catch (error) {
      if (OVER.has(error.status)) this.inDoubt = false;
      // Whoever is told to wait may have been heard by the try before.
      else if (!isRefusal(error) || error.status === TOO_MANY) this.inDoubt = true;
      throw error;
    }
    await this.discard();
  }

  /** Forget it. */
  async discard() {
    const encrypted = this.#encrypted;
    this.#fields = this.#encrypted = null;
    await encrypted?.discard?.();
  }

  #body() {
    if (this.#kind === "upload") return { ...this.#fields, size: this.#encrypted.blob.size };
    if (this.#kind === "text") {
      return { ...this.#fields, secret_base64: encodeBase64(this.#encrypted) };
    }
    const form = new FormData();
    for (const [name, value] of Object.entries(this.#fields)) form.append(name, value);
    const blob = new Blob([this.#encrypted], { type: "application/octet-stream" });
    form.append("file", blob, ENCRYPTED_NAME);
    return form;
  }
}
