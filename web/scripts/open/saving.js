/**
 * Saving bytes as a file, as they come: the browser's own dialog where there is one, else a service
 * worker that hands them on as a download, else the memory.
 */

/** What is so small is saved from the memory, which every browser can. */
const SMALL = 32 * 1024 * 1024;
/** The most that is held in memory where there is no other way: README and help say so. */
const LARGEST_IN_MEMORY = 256 * 1024 * 1024;
// A blob's URL holds its bytes until it is revoked; by then the browser has taken them.
const TAKEN_AFTER = 60_000;

/**
 * How to save so many bytes here; null if there is no way.
 * @param {number} size
 * @returns {Promise<"memory"|"dialog"|"worker"|null>}
 */
export async function findWay(size) {
  if (size <= SMALL) return "memory";
  if (typeof window.showSaveFilePicker === "function") return "dialog";
  const { isPossible } = await import("./saving-stream.js");
  if (await isPossible()) return "worker";
  return size <= LARGEST_IN_MEMORY ? "memory" : null;
}

/**
 * Save a stream under a name. It resolves when all bytes are there; whatever fails leaves no file, or
 * one that the browser marks as incomplete.
 * @param {"dialog"|"worker"} way
 * @param {string} name a safe one
 * @param {() => Promise<ReadableStream<Uint8Array>>} takeBody called once somebody has chosen where
 * @param {AbortSignal} signal
 */
export async function save(way, name, takeBody, signal) {
  if (way === "dialog") return saveByDialog(name, takeBody, signal);
  const { saveByWorker } = await import("./saving-stream.js");
  return saveByWorker(name, await takeBody(), signal);
}

/**
 * @param {string} name
 * @param {BlobPart[]} parts
 */
export function saveInMemory(name, parts) {
  // Of no type that a browser would show: it might run what is in it.
  const url = URL.createObjectURL(new Blob(parts, { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), TAKEN_AFTER);
}

async function saveByDialog(name, takeBody, signal) {
  const handle = await window.showSaveFilePicker({ suggestedName: name });
  const body = await takeBody();
  // The browser writes beside the file, and puts it in place only once all of it is there.
  await body.pipeTo(await handle.createWritable(), { signal });
}

/**
 * All pieces of a stream, for `saveInMemory`.
 * @param {ReadableStream<Uint8Array>} body
 * @param {AbortSignal} signal
 */
export async function collect(body, signal) {
  const parts = [];
  await body.pipeTo(new WritableStream({ write: (part) => void parts.push(part) }), { signal });
  return parts;
}
