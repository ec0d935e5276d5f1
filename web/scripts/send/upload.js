/**
 * Large secrets, straight into the bucket by the form that burnbag presigns.
 *
 * A form needs a body whose size is known, and browsers can't stream one. So the encrypted bytes
 * wait in a spool until they are complete.
 */

import { encrypt } from "../format/aes128gcm.js";
import { fittingSize } from "../format/padding.js";
import { spool } from "./spool.js";

const TRIES = 5;
const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 10_000;
const TEMPORARY = new Set([429, 500, 502, 503, 504]);

/** The bucket does not take it, or can't be reached. `status` is 0 for no answer. */
export class UploadFailed extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`the upload failed with ${status}`);
    this.name = "UploadFailed";
    this.status = status;
  }
}

/**
 * Called with the bytes done so far, and in all.
 * @typedef {(done: number, total: number) => void} Progress
 */

/**
 * Encrypt a stream, holding no more than a few pieces in memory.
 * @param {ReadableStream<Uint8Array>} content
 * @param {CryptoKey} key
 * @param {object} options
 * @param {number} options.total the size of the content
 * @param {Progress} [options.progress]
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<import("./spool.js").Spool>} discard it once it is sent
 */
export async function encryptAside(content, key, { total, progress = () => {}, signal }) {
  let done = 0;
  const counting = new TransformStream({
    transform(chunk, controller) {
      done += chunk.length;
      progress(done, total);
      controller.enqueue(chunk);
    },
  });
  const sealed = encrypt(key, { paddedSize: fittingSize });
  return spool(content.pipeThrough(counting, { signal }).pipeThrough(sealed), total);
}

/**
 * Post the form. A broken connection is tried again: the bucket keeps whole objects only.
 * @param {{url: string, fields: Record<string, string>}} form
 * @param {Blob} blob
 * @param {object} [options]
 * @param {Progress} [options.progress] `done` goes back to 0 when a broken upload starts again
 * @param {AbortSignal} [options.signal]
 * @param {(milliseconds: number, signal?: AbortSignal) => Promise<void>} [options.pause]
 * @throws {UploadFailed} or, once the signal says so, its reason
 */
export async function postForm(form, blob, { progress = () => {}, signal, pause = sleep } = {}) {
  for (let number = 1; ; number += 1) {
    signal?.throwIfAborted();
    const { status, text } = await postOnce(form, blob, progress, signal);
    if (status >= 200 && status < 300) return;
    if (number === TRIES || !isTemporary(status, text)) throw new UploadFailed(status);
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** number);
    await pause(longest * Math.random(), signal);
  }
}

/** Only XMLHttpRequest tells how much of a body has left. */
function postOnce(form, blob, progress, signal) {
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  // The bucket ignores whatever comes after the file.
  body.append("file", blob, "encrypted");
  const request = new XMLHttpRequest();
  const abort = () => request.abort();
  return new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      progress(Math.round((blob.size * loaded) / total), blob.size);
    });
    request.addEventListener("load", () => resolve(request));
    request.addEventListener("error", () => resolve(request));
    request.addEventListener("abort", () => reject(signal.reason));
    signal?.addEventListener("abort", abort);
    request.open("POST", form.url);
    request.send(body);
  }).then(({ status, responseText }) => ({ status, text: responseText }))
    .finally(() => signal?.removeEventListener("abort", abort));
}

/** Whether another try may succeed: no answer, a tired bucket, or one that waited too long. */
function isTemporary(status, text) {
  return status === 0 || TEMPORARY.has(status)
    || (status === 400 && text.includes("<Code>RequestTimeout</Code>"));
}

/** @param {number} milliseconds @param {AbortSignal} [signal] cuts it short, without an error */
export function sleep(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
