/**
 * Saving through a service worker (`saving-worker.js`): it answers one request with the bytes that the
 * page sends it, and the browser saves that answer as it comes. Its scope is below its own folder of
 * assets, so it is asked for nothing else, and it goes when the file is saved.
 */

const WORKER = new URL("./saving-worker.js", import.meta.url).href;
const SCOPE = new URL("./saving/", import.meta.url).href;
/** So long the browser has to begin with the download, in milliseconds. */
const LONGEST_START = 10_000;
/** A worker that hears nothing is ended by the browser, while a connection is slow. */
const PING_EVERY = 10_000;

/** Whether this browser lets the page have a worker; in private windows some don't. */
export async function isPossible() {
  try {
    await (await register()).unregister();
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} name
 * @param {ReadableStream<Uint8Array>} body
 * @param {AbortSignal} signal
 */
export async function saveByWorker(name, body, signal) {
  const registration = await register();
  const { port1: port, port2: theirs } = new MessageChannel();
  const url = new URL(crypto.randomUUID(), SCOPE).href;
  registration.active.postMessage({ url, name }, [theirs]);
  const ping = setInterval(() => registration.active.postMessage(null), PING_EVERY);
  const frame = document.createElement("iframe");
  frame.hidden = true;
  try {
    await begin(port, frame, url);
    await body.pipeTo(throughPort(port), { signal });
  } finally {
    clearInterval(ping);
    frame.remove();
    registration.unregister();
  }
}

async function register() {
  const registration = await navigator.serviceWorker.register(trust(WORKER), { scope: SCOPE });
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  if (worker.state !== "activated") {
    await new Promise((resolve, reject) => {
      worker.addEventListener("statechange", () => {
        if (worker.state === "activated") resolve();
        if (worker.state === "redundant") reject(new Error("the worker did not start"));
      });
    });
  }
  return registration;
}

/** The one address that this page ever runs a script from by name (Trusted Types). */
function trust(url) {
  if (!window.trustedTypes) return url;
  policy ??= window.trustedTypes.createPolicy("burnbag", {
    createScriptURL(wanted) {
      if (wanted !== WORKER) throw new TypeError("another script");
      return wanted;
    },
  });
  return policy.createScriptURL(url);
}
let policy;

/** Wait until the worker knows what to answer, then ask, and wait until it is asked. */
function begin(port, frame, url) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("no download began")), LONGEST_START);
    port.onmessage = ({ data }) => {
      if (data === "ready") {
        frame.src = url;
        document.body.append(frame);
      } else {
        clearTimeout(late);
        resolve();
      }
    };
  });
}

/** The worker says `more` whenever it can take a piece, and `stop` if the download was cancelled. */
function throughPort(port) {
  let more = () => {};
  let ended = () => {};
  let wanted = 1; // `begin` has taken the first.
  return new WritableStream({
    start(controller) {
      port.onmessage = ({ data }) => {
        if (data === "stop") controller.error(new DOMException("stopped", "AbortError"));
        if (data === "ended") return ended();
        wanted++;
        more();
      };
    },
    async write(piece) {
      if (wanted === 0) await new Promise((resolve) => (more = resolve));
      wanted--;
      port.postMessage(piece, [piece.buffer]);
    },
    // Only what the worker has handed on whole is saved. A browser that has ended it is not waited for.
    close: () => new Promise((resolve) => {
      ended = resolve;
      setTimeout(resolve, LONGEST_START);
      port.postMessage("end");
    }),
    abort: () => port.postMessage("broken"),
  });
}
