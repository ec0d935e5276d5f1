/**
 * The files that are to be sent: chosen, dropped (folders too) or pasted.
 *
 * @typedef {{path: string, file: File}} Item a file, and its name with the folders it was in
 */

const MOST_FILES = 2000;

/** Somebody dropped a disk rather than a folder. */
export class TooManyFiles extends Error {
  constructor() {
    super("too many files");
    this.name = "TooManyFiles";
  }
}

/** A file was changed or moved since it was chosen, or may not be read. */
export class Unreadable extends Error {
  constructor() {
    super("a file can't be read");
    this.name = "Unreadable";
  }
}

/**
 * The bytes of a file. Browsers say in several ways that they can't read it; here it is one.
 * @param {Blob} blob
 * @returns {ReadableStream<Uint8Array>} which fails with Unreadable
 */
export function readBlob(blob) {
  const reader = blob.stream().getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read().catch(() => {
        throw new Unreadable();
      });
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/**
 * @param {Iterable<File>} files of an input
 * @returns {Item[]}
 */
export function itemsOfFiles(files) {
  return Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/**
 * What was dropped. Folders are read through. To be called before the event is over: a browser
 * forgets what was dropped then.
 * @param {DataTransfer} transfer
 * @returns {Promise<Item[]>}
 * @throws {TooManyFiles}
 */
export async function itemsOfDrop(transfer) {
  const dropped = [...transfer.items].filter(({ kind }) => kind === "file");
  const entries = dropped.map((item) => item.webkitGetAsEntry?.());
  if (entries.some((entry) => !entry)) return itemsOfFiles(transfer.files);
  const found = [];
  for (const entry of entries) await readEntry(entry, "", found);
  return found;
}

/**
 * The files of a paste, such as a picture of the screen; none if there is text, which is pasted as
 * such. (Word processors put a picture of the text beside it.)
 * @param {DataTransfer} transfer
 * @returns {Item[]}
 */
export function itemsOfPaste(transfer) {
  return transfer.types.includes("text/plain") ? [] : itemsOfFiles(transfer.files);
}

/** @param {DataTransfer} transfer @returns {boolean} whether it has files, and is no mere text */
export function hasFiles(transfer) {
  return transfer.types.includes("Files");
}

async function readEntry(entry, folder, found) {
  const path = folder + entry.name;
  if (entry.isFile) {
    found.push({ path, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) });
    if (found.length > MOST_FILES) throw new TooManyFiles();
    return;
  }
  for (const inside of await readFolder(entry)) await readEntry(inside, `${path}/`, found);
}

/** A browser tells a folder's entries in parts, the last of them empty. */
async function readFolder(entry) {
  const reader = entry.createReader();
  const entries = [];
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return entries;
    entries.push(...part);
  }
}
