/** Bytes, texts and streams of bytes. */

/**
 * @param {...Uint8Array} parts
 * @returns {Uint8Array}
 */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * UTF-8 of a text. Half of a surrogate pair has none: it would silently become another character.
 * @param {string} text
 * @returns {Uint8Array}
 * @throws {RangeError}
 */
export function encodeText(text) {
  if (/\p{Cs}/u.test(text)) throw new RangeError("not a text that can be sent");
  return new TextEncoder().encode(text);
}

/**
 * The text that UTF-8 stands for.
 * @param {Uint8Array} bytes
 * @returns {string}
 * @throws {TypeError} if it is not UTF-8
 */
export function decodeText(bytes) {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/**
 * @param {Uint8Array} bytes
 * @returns {ReadableStream<Uint8Array>}
 */
export function streamOf(bytes) {
  return new Blob([bytes]).stream();
}

/**
 * The same stream with `bytes` in front.
 * @param {Uint8Array} bytes
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {ReadableStream<Uint8Array>}
 */
export function prepend(bytes, stream) {
  if (bytes.length === 0) return stream;
  return stream.pipeThrough(
    new TransformStream({ start: (controller) => controller.enqueue(bytes) }),
  );
}

/**
 * All bytes of a stream, if there are no more than `limit`.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {number} limit
 * @returns {Promise<Uint8Array>}
 * @throws {RangeError} if there are more; and what reading throws
 */
export async function collect(stream, limit) {
  const reader = stream.getReader();
  const parts = [];
  for (let length = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return concat(...parts);
    parts.push(value);
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw new RangeError("more bytes than expected");
    }
  }
}
