/**
 * Sealing: encrypt, then send by whatever way the size needs.
 *
 * A text and a small file go through the API, anything larger straight into the bucket. Each way
 * has a draft of its own: its idempotency key decides the secret's id, and what is encrypted is
 * encrypted for that id. So an order whose answer got lost is simply sent again, and makes the same
 * secret.
 *
 * @typedef {object} Content
 * @property {Blob} blob
 * @property {import("../format/content.js").Description} description
 *
 * @typedef {object} Order what a sender may ask for besides
 * @property {number} ttl in seconds
 * @property {number} views
 * @property {string} passphrase empty for none
 * @property {string} label empty for none
 * @property {"burn"|"freeze"} onLock
 * @property {string[]} [recipients] who alone may open it, sorted; everybody with the link, if left out
 *
 * @typedef {object} Sent what was sealed, with the link that is shown once
 * @property {string} link
 * @property {string} receiptLink
 * @property {string} receiptToken
 * @property {object} receipt the answer, which is the receipt
 */

import { Problem } from "../api.js";
import { encrypt } from "../format/aes128gcm.js";
import { encodeBase64 } from "../format/base64url.js";
import { collect } from "../format/bytes.js";
import { packContent } from "../format/content.js";
import { identityOfKey, makeIdempotencyKey } from "../format/identity.js";
import { makeKeys, makeLinkKey } from "../format/keys.js";
import { parseLink, writeLink, writeReceiptLink } from "../format/links.js";
import { paddedSize } from "../format/padding.js";
import { readBlob } from "./files.js";
import { UploadFailed, encryptAside, postForm } from "./upload.js";
import { chooseWays } from "./ways.js";

const ENCRYPTED_NAME = "encrypted";
const TOO_LARGE = 413;

/**
 * Seal the content. If it is never known whether that was done, or it was only begun, revoke.
 * @param {typeof import("./people.js").callAsPerson} call
 * @param {Content} content
 * @param {Order} order
 * @param {object} options
 * @param {object} options.limits
 * @param {(phase: "encrypt"|"send", done: number, total: number) => void} [options.progress]
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<Sent>}
 */
export async function seal(call, content, order, { limits, progress = () => {}, signal }) {
  const { ways } = chooseWays(content, limits);
  for (const way of ways) {
    const draft = await makeDraft(order);
    try {
      return await SEAL[way](call, content, draft, { progress, signal });
    } catch (error) {
      const last = way === ways.at(-1);
      // A server with smaller limits than it told; the next way may still do.
      if (error.status === TOO_LARGE && !last) continue;
      if (!isRefusal(error)) await revokeQuietly(call, draft.identity);
      throw error;
    }
  }
  throw new RangeError("no way to send");
}

const SEAL = { text: sealText, file: sealFile, upload: sealUpload };

/** One way to seal a secret: the fields of its request, and its keys. */
async function makeDraft({ ttl, views, passphrase, label, onLock, recipients = [] }) {
  const idempotencyKey = makeIdempotencyKey();
  const identity = await identityOfKey(idempotencyKey);
  const linkKey = makeLinkKey();
  const keys = await makeKeys(identity.id, linkKey, passphrase || null);
  const locked = keys.passphrase !== null && { passphrase: keys.passphrase, on_lock: onLock };
  const named = recipients.length > 0 && { recipients };
  const fields = { ttl, views, encrypted: true, ...locked, ...(label && { label }), ...named };
  return { headers: { "Idempotency-Key": idempotencyKey }, identity, linkKey, keys, fields };
}

async function sealText(call, content, draft, { signal }) {
  const bytes = await encryptToBytes(content, await draft.keys.contentKey("text"));
  const json = { ...draft.fields, secret_base64: encodeBase64(bytes) };
  return parse(await post(call, "secrets", draft, { body: json, signal }), draft);
}

async function sealFile(call, content, draft, { signal }) {
  const bytes = await encryptToBytes(content, await draft.keys.contentKey("file"));
  const form = new FormData();
  for (const [name, value] of Object.entries(draft.fields)) {
    for (const each of [value].flat()) form.append(name, String(each));
  }
  form.append("file", new Blob([bytes], { type: "application/octet-stream" }), ENCRYPTED_NAME);
  return parse(await post(call, "secrets", draft, { body: form, signal }), draft);
}

async function sealUpload(call, { blob, description }, draft, { progress, signal }) {
  const started = performance.now();
  const stream = packContent(description, readBlob(blob));
  const encrypted = await encryptAside(stream, await draft.keys.contentKey("upload"), {
    total: blob.size,
    progress: (done, total) => progress("encrypt", done, total),
    signal,
  });
  try {
    const body = { ...draft.fields, size: encrypted.blob.size };
    const answer = await post(call, "uploads", draft, { body, signal });
    const sent = await parse(answer, draft);
    const sending = (done, total) => progress("send", done, total);
    await postForm(answer.upload, encrypted.blob, { progress: sending, signal });
    if (performance.now() - started >= 1000 * draft.fields.ttl) {
      throw new Problem("gone", 410, { state: "expired" });
    }
    return sent;
  } finally {
    await encrypted.discard();
  }
}

/**
 * Encrypt what is small, padded.
 * @param {Content} content
 * @param {CryptoKey} key
 * @returns {Promise<Uint8Array>}
 */
export function encryptToBytes({ blob, description }, key) {
  const stream = packContent(description, readBlob(blob)).pipeThrough(encrypt(key, { paddedSize }));
  return collect(stream, Infinity);
}

function post(call, path, draft, body) {
  return call("POST", path, { headers: draft.headers, ...body });
}

/** The answer is the receipt, with the link that the server knows, which is not the whole. */
async function parse(answer, { identity, linkKey, fields }) {
  const { base, id, token } = await parseLink(answer.link);
  if (id !== identity.id || token !== identity.token) {
    throw new Problem("foreign"); // It is about another secret.
  }
  if (JSON.stringify(answer.recipients ?? []) !== JSON.stringify(fields.recipients ?? [])) {
    throw new Problem("foreign"); // It would open for others than those who are named.
  }
  const { link: _, token: __, receipt_token: ___, upload: ____, ...receipt } = answer;
  return {
    link: await writeLink(base, id, token, linkKey),
    receiptLink: writeReceiptLink(base, id, identity.receiptToken),
    receiptToken: identity.receiptToken,
    receipt,
  };
}

/** Whether burnbag said no, and so sealed nothing. */
export function isRefusal(error) {
  return error.status >= 400 && error.status < 500 && !(error instanceof UploadFailed);
}

/** Revoke once, if the server can be reached; otherwise the secret expires by itself. */
export async function revokeQuietly(call, { id, receiptToken }) {
  try {
    await call("DELETE", `secrets/${id}`, { token: receiptToken, tries: 1 });
  } catch {
    // Nobody has its link.
  }
}
