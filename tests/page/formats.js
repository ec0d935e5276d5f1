/** The browser's side of the tests of the formats: many cases in, what became of each out. */

import { Damaged, decrypt, encrypt } from "/scripts/format/aes128gcm.js";
import { decode, decodeBase64, encode, encodeBase64 } from "/scripts/format/base64url.js";
import { collect, concat, streamOf } from "/scripts/format/bytes.js";
import { packContent, packDescription, safeName, unpackContent } from "/scripts/format/content.js";
import { importSecret } from "/scripts/format/hkdf.js";
import * as hpke from "/scripts/format/hpke.js";
import { identityOfKey } from "/scripts/format/identity.js";
import { findKeys, makeKeys } from "/scripts/format/keys.js";
import * as links from "/scripts/format/links.js";
import { encryptedSize, fittingSize, paddedSize } from "/scripts/format/padding.js";
import * as requests from "/scripts/format/requests.js";

const LIMIT = 16 * 1024 * 1024;

const sequentially = (one) => async (cases) => {
  const results = [];
  for (const each of cases) results.push(await one(each));
  return results;
};

/** A result, or the name of the error; a link's with its reason. */
const attempt = (one) => async (each) => {
  try {
    return await one(each);
  } catch (error) {
    return error.reason ? `${error.name}: ${error.reason}` : error.name;
  }
};

const each = (one) => sequentially(attempt(one));

/** Bytes that come in pieces of these sizes, over and over. */
function inPieces(bytes, sizes) {
  if (sizes.length === 0) return streamOf(bytes);
  let at = 0;
  let turn = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      const size = sizes[turn++ % sizes.length];
      controller.enqueue(bytes.subarray(at, (at += size)));
    },
  });
}

async function openMessage(secret, message, sizes) {
  return collect(inPieces(decodeBase64(message), sizes).pipeThrough(decrypt(secret)), LIMIT);
}

async function sealBytes(secret, bytes, sizes, options) {
  return collect(inPieces(bytes, sizes).pipeThrough(encrypt(secret, options)), LIMIT);
}

/** {key, message, sizes} → the plaintext. */
export const decryptAll = each(async ({ key, message, sizes = [] }) => {
  const secret = await importSecret(decodeBase64(key));
  return encodeBase64(await openMessage(secret, message, sizes));
});

/** {key, plaintext, sizes, salt, recordSize, extra} → the message. */
export const encryptAll = each(async ({ key, plaintext, salt, extra, sizes = [], ...options }) => {
  const secret = await importSecret(decodeBase64(key));
  if (salt) options.salt = decodeBase64(salt);
  options.paddedSize = extra === undefined ? paddedSize : (size) => size + extra;
  return encodeBase64(await sealBytes(secret, decodeBase64(plaintext), sizes, options));
});

/** {link, passphrase, kind, message} → what the server gets, and what is inside. */
export const openAll = each(async ({ link, passphrase, kind, message }) => {
  const keys = await findKeys(await links.parseLink(link), passphrase);
  const secret = await keys.contentKey(kind);
  const content = await openMessage(secret, message, []);
  const salt = decodeBase64(message).slice(0, 16);
  const again = await sealBytes(secret, content, [], { salt, paddedSize });
  return {
    serverHalf: keys.passphrase,
    content: encodeBase64(content),
    again: encodeBase64(again),
  };
});

/** {base, idempotencyKey, linkKey, passphrase, kind, mediaType, filename, data} → a sealed secret. */
export const sealAll = each(async (order) => {
  const identity = await identityOfKey(order.idempotencyKey);
  const linkKey = decodeBase64(order.linkKey);
  const keys = await makeKeys(identity.id, linkKey, order.passphrase);
  const content = packContent(order, streamOf(decodeBase64(order.data)));
  const encrypted = content.pipeThrough(encrypt(await keys.contentKey(order.kind), { paddedSize }));
  return {
    link: await links.writeLink(order.base, identity.id, identity.token, linkKey),
    serverHalf: keys.passphrase,
    message: encodeBase64(await collect(encrypted, LIMIT)),
  };
});

/** {content, sizes} → the description, and the bytes after it. */
export const unpackAll = each(async ({ content, sizes }) => {
  const { description, body } = await unpackContent(inPieces(decodeBase64(content), sizes));
  return { ...description, data: encodeBase64(await collect(body, LIMIT)) };
});

/** Texts of links → what they hold. */
export const parseLinks = each(async (text) => {
  const link = await links.parseLink(text);
  return { ...link, key: link.key && encodeBase64(link.key) };
});

export const writeLinks = each(async ({ link }) => {
  const { base, id, token, key } = await links.parseLink(link);
  return links.writeLink(base, id, token, key);
});

export const makeIdempotencyKeys = each(async ({ link, secret, number }) =>
  links.idempotencyKey(await links.parseLink(link), decodeBase64(secret), number),
);

export const parseReceipts = each((fragment) => links.parseReceiptFragment(fragment));
export const decodeAll = each(({ text, length }) => encodeBase64(decode(text, length)));
export const encodeAll = each((bytes) => encode(decodeBase64(bytes)));
export const decodeAllBase64 = each((text) => encode(decodeBase64(text)));
export const identities = each(identityOfKey);
export const nameSafely = each(safeName);
export const packAll = each((description) => encodeBase64(packDescription(description)));
export const measure = each((size) => [paddedSize(size), fittingSize(size), encryptedSize(size)]);

/** What a script finds of a secret that it has keys of. */
export async function lookForSecrets() {
  const keys = await makeKeys(encode(new Uint8Array(16)), new Uint8Array(16), null);
  const key = await keys.contentKey("text");
  return { fields: Object.keys(keys), extractable: key.extractable };
}

/** How much of a long message is taken in by somebody who reads one piece and then waits. */
export async function takeInWithoutReading(direction) {
  const secret = await importSecret(new Uint8Array(16));
  const piece = new Uint8Array(64 * 1024);
  let taken = 0;
  const endless = new ReadableStream(
    { pull: (controller) => controller.enqueue(piece, (taken += piece.length)) },
    { highWaterMark: 0 },
  );
  const encrypted = endless.pipeThrough(encrypt(secret));
  const stream = direction === "encrypt" ? encrypted : encrypted.pipeThrough(decrypt(secret));
  const reader = stream.getReader();
  await reader.read();
  const first = taken;
  await new Promise((done) => setTimeout(done, 200));
  await reader.cancel();
  return { first, taken };
}

/** What is given out of a message before it turns out to be forged. */
export async function readUntilDamaged({ key, message }) {
  const secret = await importSecret(decodeBase64(key));
  const reader = streamOf(decodeBase64(message)).pipeThrough(decrypt(secret)).getReader();
  const pieces = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "complete";
      pieces.push(value);
    }
  } catch (error) {
    return { data: encodeBase64(concat(...pieces)), damaged: error instanceof Damaged };
  }
}

/** What becomes of a stream of which more comes than was said. */
export const limitAll = each(async ({ size, limit }) => {
  return (await collect(streamOf(new Uint8Array(size)), limit)).length;
});

/** Whether somebody whose content is damaged is still asked for more of it. */
export async function unpackDamaged() {
  let cancelled = false;
  const damaged = Uint8Array.of(0, 1, 0, 0, 0xff);
  const source = new ReadableStream({
    start: (controller) => controller.enqueue(damaged),
    cancel: () => (cancelled = true),
  });
  const error = await attempt(unpackContent)(source);
  return { error, cancelled };
}

/** {key, encrypted, kind} → whether a part of the link is missing. */
export const lackKeys = each(({ link, ...peeked }) => links.lacksKey(link, peeked));

/** Addresses of receipts' pages, from {base, id, receiptToken}. */
export const writeReceipts = each((receipt) =>
  links.writeReceiptLink(receipt.base, receipt.id, receipt.receiptToken),
);

/** {privateKey, point, info, aad, message} → the plaintext, by HPKE. */
export const openHpke = each(async ({ privateKey, point, info, aad, message }) => {
  const pair = await hpke.importKeyPair(decodeBase64(privateKey), decodeBase64(point));
  const opened = await hpke.open(pair, decodeBase64(info), decodeBase64(message), decodeBase64(aad));
  return encodeBase64(opened);
});

/** {point, info, aad, plaintext, ephemeral: {privateKey, point}} → the message, by HPKE. */
export const sealHpke = each(async ({ point, info, aad, plaintext, ephemeral }) => {
  const options = {
    aad: decodeBase64(aad),
    ephemeral: await hpke.importKeyPair(
      decodeBase64(ephemeral.privateKey), decodeBase64(ephemeral.point)),
  };
  const given = [point, info, plaintext].map(decodeBase64);
  return encodeBase64(await hpke.seal(...given, options));
});

/** Links that ask → what they hold, and the same link written again. */
export const parseRequests = each(async (link) => {
  const { base, fragment } = links.splitLink(link);
  const { id, token, point } = await requests.parseRequestFragment(fragment);
  const again = await requests.writeRequestLink(base, id, token, point);
  return { id, token, point: encodeBase64(point), again };
});

/** Links that were kept → what they hold. */
export const parseAnswers = each(async (link) => {
  const { id, token, pair } = await requests.parseAnswerFragment(links.splitLink(link).fragment);
  return { id, token, point: encodeBase64(pair.point), extractable: pair.privateKey.extractable };
});

/** {base, id, token, scalar, point} → a link to keep. */
export const writeAnswers = each(({ base, id, token, scalar, point }) =>
  requests.writeAnswerLink(base, id, token, {
    scalar: decodeBase64(scalar), point: decodeBase64(point),
  }));

/** {answer, sealedKey} → the link that the answer opens by. */
export const openKeys = each(async ({ answer, sealedKey }) => {
  const { base, fragment } = links.splitLink(answer);
  const parsed = await requests.parseAnswerFragment(fragment);
  const { token, key } = await requests.openKey(parsed, sealedKey);
  return links.writeLink(base, parsed.id, token, key);
});

/** {request, token, linkKey} → a sealed key. */
export const sealKeys = each(async ({ request, token, linkKey }) => {
  const parsed = await requests.parseRequestFragment(links.splitLink(request).fragment);
  return requests.sealKey(parsed, decodeBase64(token), decodeBase64(linkKey));
});

/** {base, id, submitToken, receiptToken} → both links of a new request. */
export const makeRequests = each(async ({ base, id, submitToken, receiptToken }) => {
  const key = await requests.makeRequestKey();
  return {
    send: await requests.writeRequestLink(base, id, submitToken, key.point),
    keep: await requests.writeAnswerLink(base, id, receiptToken, key),
  };
});

/** What the modules leave behind in the global scope. */
export function listGlobals() {
  return Object.keys(globalThis);
}
