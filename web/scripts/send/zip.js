/**
 * Several files as one zip, not compressed: what a browser packs most is compressed already, and so
 * the size is known before the first byte.
 *
 * Each file is read once for its checksum, and then not touched: the zip is a Blob of headers and
 * of the files themselves, which stay where they are. With the checksum in front, even programs that
 * can only read forwards open it.
 *
 * Source: PKWARE, .ZIP File Format Specification (APPNOTE) 6.3.10; sizes from 4 GiB on as ZIP64.
 */

import { checksum } from "./crc32.js";
import { concat, encodeText } from "../format/bytes.js";
import { readBlob } from "./files.js";

const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;
const NEEDS = { plain: 20, zip64: 45 };
const MADE_BY_UNIX = 3 << 8;
const UTF8_NAMES = 1 << 11;
// A file that its owner may write and everybody may read: -rw-r--r--.
const UNIX_MODE = 0o100644 * 0x10000;

/**
 * What goes into a zip. `content` is the file.
 * @typedef {{name: string, size: number, crc: number, modified: Date, content: Blob}} Entry
 */

/**
 * One zip of these files.
 * @param {import("./files.js").Item[]} items
 * @param {object} [options]
 * @param {(done: number, total: number) => void} [options.progress] with the bytes read so far
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<Blob>}
 */
export async function zipFiles(items, { progress = () => {}, signal } = {}) {
  const names = distinctNames(items.map(({ path }) => path));
  const total = items.reduce((sum, { file }) => sum + file.size, 0);
  const entries = [];
  let read = 0;
  for (const [index, { file }] of items.entries()) {
    const count = (bytes) => progress((read += bytes), total);
    const crc = await checksum(readBlob(file), count, signal);
    const modified = new Date(file.lastModified);
    entries.push({ name: names[index], size: file.size, crc, modified, content: file });
  }
  return new Blob(layOut(entries), { type: "application/zip" });
}

/**
 * The zip's parts in order: headers as bytes, and each entry's content.
 * @param {Entry[]} entries
 * @returns {(Uint8Array|Blob)[]}
 */
export function layOut(entries) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const entry of entries) {
    const header = localHeader(entry);
    directory.push(centralHeader(entry, offset));
    parts.push(header, entry.content);
    offset += header.length + entry.size;
  }
  return [...parts, ...directory, ending(entries.length, totalLength(directory), offset)];
}

/**
 * The size of the zip of these files, before any of them was read.
 * @param {import("./files.js").Item[]} items
 * @returns {number}
 */
export function zippedSize(items) {
  const names = distinctNames(items.map(({ path }) => path));
  const entries = items.map(({ file }, index) => (
    { name: names[index], size: file.size, crc: 0, modified: new Date(0), content: file }
  ));
  return totalLength(layOut(entries));
}

/**
 * Names that can stand side by side in one folder: relative, and none twice.
 * @param {string[]} names
 * @returns {string[]}
 */
export function distinctNames(names) {
  const taken = new Set();
  return names.map(relativeName).map((name) => {
    const dot = name.lastIndexOf(".");
    const end = dot > name.lastIndexOf("/") + 1 ? dot : name.length;
    let free = name;
    for (let number = 2; taken.has(free.toLowerCase()); number += 1) {
      free = `${name.slice(0, end)} (${number})${name.slice(end)}`;
    }
    taken.add(free.toLowerCase());
    return free;
  });
}

/** No way out of the folder that a zip is unpacked into. */
function relativeName(name) {
  const steps = name.replaceAll("\\", "/").split("/");
  return steps.filter((step) => step !== "" && step !== "." && step !== "..").join("/") || "file";
}

/** APPNOTE 4.3.7. */
function localHeader(entry) {
  const name = encodeText(entry.name);
  const large = entry.size >= MAX_32;
  const extra = large ? zip64Extra([entry.size, entry.size]) : [];
  return concat(
    fields([4, 0x04034b50], [2, large ? NEEDS.zip64 : NEEDS.plain], ...common(entry, large)),
    fields([2, name.length], [2, extra.length]),
    name,
    extra,
  );
}

/** APPNOTE 4.3.12. */
function centralHeader(entry, offset) {
  const name = encodeText(entry.name);
  const large = entry.size >= MAX_32;
  const far = offset >= MAX_32;
  const numbers = [...(large ? [entry.size, entry.size] : []), ...(far ? [offset] : [])];
  const extra = numbers.length > 0 ? zip64Extra(numbers) : [];
  const needs = numbers.length > 0 ? NEEDS.zip64 : NEEDS.plain;
  return concat(
    fields([4, 0x02014b50], [2, MADE_BY_UNIX | needs], [2, needs], ...common(entry, large)),
    fields([2, name.length], [2, extra.length], [2, 0], [2, 0], [2, 0], [4, UNIX_MODE]),
    fields([4, far ? MAX_32 : offset]),
    name,
    extra,
  );
}

/** What both headers say alike: flags, method, time, checksum, sizes. */
function common({ size, crc, modified }, large) {
  const shown = large ? MAX_32 : size;
  const [time, date] = dosTime(modified);
  return [[2, UTF8_NAMES], [2, 0], [2, time], [2, date], [4, crc], [4, shown], [4, shown]];
}

/** APPNOTE 4.5.3. */
function zip64Extra(numbers) {
  return fields([2, 0x0001], [2, 8 * numbers.length], ...numbers.map((number) => [8, number]));
}

/** The end of the directory: APPNOTE 4.3.14 to 4.3.16. */
function ending(count, size, offset) {
  const large = count >= MAX_16 || size >= MAX_32 || offset >= MAX_32;
  const made = [[2, MADE_BY_UNIX | NEEDS.zip64], [2, NEEDS.zip64]];
  const counts = [[8, count], [8, count], [8, size], [8, offset]];
  const zip64 = large
    ? concat(
        fields([4, 0x06064b50], [8, 44], ...made, [4, 0], [4, 0], ...counts),
        fields([4, 0x07064b50], [4, 0], [8, offset + size], [4, 1]),
      )
    : [];
  const shown = [Math.min(count, MAX_16), Math.min(size, MAX_32), Math.min(offset, MAX_32)];
  return concat(
    zip64,
    fields([4, 0x06054b50], [2, 0], [2, 0], [2, shown[0]], [2, shown[0]]),
    fields([4, shown[1]], [4, shown[2]], [2, 0]),
  );
}

/** MS-DOS has local time, in steps of two seconds, from 1980 on. */
function dosTime(modified) {
  const year = Math.min(Math.max(modified.getFullYear() - 1980, 0), 127);
  const date = (year << 9) | ((modified.getMonth() + 1) << 5) | modified.getDate();
  const hours = (modified.getHours() << 11) | (modified.getMinutes() << 5);
  return [hours | (modified.getSeconds() >> 1), date];
}

/** Little-endian numbers, each with its size in bytes. */
function fields(...numbers) {
  const view = new DataView(new ArrayBuffer(numbers.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of numbers) {
    if (size === 2) view.setUint16(at, value, true);
    if (size === 4) view.setUint32(at, value, true);
    if (size === 8) view.setBigUint64(at, BigInt(value), true);
    at += size;
  }
  return new Uint8Array(view.buffer);
}

function totalLength(parts) {
  return parts.reduce((sum, part) => sum + (part.length ?? part.size), 0);
}
