/**
 * Where encrypted bytes wait until they are sent, so that a large upload does not fill the memory.
 *
 * What is large goes into a file of the page's own (Origin Private File System), which no other
 * site and no folder shows. It is ciphertext, its key is in this tab alone, and it goes as soon as it is
 * sent. What is small, and everything in a browser without such files, goes into a Blob.
 *
 * @typedef {{blob: Blob, discard: () => Promise<void>}} Spool
 */

const PIECE = 4 * 1024 * 1024;
const LARGE = 32 * 1024 * 1024;
const PREFIX = "sending-";
// What a tab that crashed has left. Nobody sends for as long as that.
const FORGOTTEN_AFTER = 24 * 3600 * 1000;

/**
 * Take a stream in.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {number} size about how many bytes there will be
 * @returns {Promise<Spool>}
 */
export async function spool(stream, size) {
  const file = size >= LARGE ? await createFile(size) : null;
  return file === null ? gatherInBlob(stream) : gatherInFile(stream, file);
}

/** A new file; null where the browser has none, or no room. */
async function createFile(size) {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    if (quota - usage < 2 * size) return null;
    const folder = await navigator.storage.getDirectory();
    await removeForgotten(folder);
    const name = `${PREFIX}${Date.now()}-${crypto.randomUUID()}`;
    const handle = await folder.getFileHandle(name, { create: true });
    return { folder, name, handle, writable: await handle.createWritable() };
  } catch {
    return null;
  }
}

async function gatherInFile(stream, { folder, name, handle, writable }) {
  const discard = () => folder.removeEntry(name).catch(() => {});
  try {
    await stream.pipeThrough(inPieces()).pipeTo(writable);
    return { blob: await handle.getFile(), discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** A Blob of Blobs: browsers move large ones out of memory by themselves, sooner or later. */
async function gatherInBlob(stream) {
  const reader = stream.pipeThrough(inPieces()).getReader();
  const pieces = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { blob: new Blob(pieces), discard: async () => {} };
    pieces.push(value);
  }
}

/** Chunks of any size as Blobs of a few megabytes. */
function inPieces() {
  let parts = [];
  let size = 0;
  const pass = (controller) => {
    controller.enqueue(new Blob(parts));
    parts = [];
    size = 0;
  };
  return new TransformStream({
    transform(chunk, controller) {
      parts.push(chunk);
      size += chunk.length;
      if (size >= PIECE) pass(controller);
    },
    flush: (controller) => size > 0 && pass(controller),
  });
}

async function removeForgotten(folder) {
  for await (const name of folder.keys()) {
    const [, began] = /^sending-(\d+)-/.exec(name) ?? [];
    if (began && Date.now() - began > FORGOTTEN_AFTER) await folder.removeEntry(name);
  }
}
