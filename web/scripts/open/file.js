/** A file that was revealed: saved as it comes, with progress, to be stopped and gone on with. */

import { announce, button, element, factsList, fill, show } from "../view.js";
import { formatSize, phrase } from "../words.js";
import { isSignedOut } from "../api.js";
import { Damaged } from "../format/aes128gcm.js";
import { explain } from "../problems.js";
import { collect, findWay, save, saveInMemory } from "./saving.js";
import { describeViews } from "./text.js";

/** Screen readers are told of progress in such steps, in percent. */
const TOLD_STEP = 25;
/** After these there is nothing to save any more. */
const FINAL = new Set(["gone", "already-confirmed", "not-found"]);

/**
 * @param {string} name
 * @param {ReadableStream<Uint8Array>} body
 * @param {import("./reveal.js").View} view
 */
export function showFile(name, body, view) {
  let saving = null; // an AbortController while it is being saved
  let kept = null; // what was saved from the memory: the browser does not say whether somebody refused it
  let resume = () => {}; // goes on with a download that broke off
  const size = () => formatSize(view.size);
  const place = element("div");
  const signal = show(
    phrase("file.title"),
    factsList(
      [phrase("file.name"), element("bdi", { translate: "no" }, name)],
      [phrase("peek.size"), view.isPadded ? phrase("peek.size.most", { size }) : size],
    ),
    place,
  );
  signal.addEventListener("abort", () => {
    saving?.abort();
    view.download?.cancel();
  });
  window.addEventListener("beforeunload", warn, { signal });
  window.addEventListener("online", () => resume(), { signal });
  if (view.download) view.download.onbroken = waitToGoOn;
  showReady(phrase("file.ready"));

  function showReady(words) {
    const start = button(phrase("file.save"), begin, { class: "main" });
    fill(place, element("p", {}, words), element("div", { class: "actions" }, start));
    announce(words);
    return start;
  }

  async function begin() {
    saving = new AbortController();
    try {
      const way = await findWay(view.size);
      if (way === null) return showTooLarge();
      if (way === "memory") await saveKept(saving.signal);
      else await save(way, name, takeBody, saving.signal);
      view.confirm();
      showSaved();
    } catch (error) {
      showUnsaved(error);
    } finally {
      saving = null;
    }
  }

  async function saveKept(signal) {
    kept ??= await collect(await takeBody(), signal);
    saveInMemory(name, kept);
  }

  /** The bytes to save: those that wait here, or after a stop the same from the beginning. */
  async function takeBody() {
    const bytes = body ?? (await view.content()).body;
    body = null;
    watch(view.download);
    resume();
    return bytes;
  }

  /** Follow a download; what came with the answer has none, and takes no time. */
  function watch(download) {
    if (!download) return;
    const bar = element("progress", { max: download.size, value: 0, "aria-label": phrase("file.saving") });
    const label = element("p", { class: "progress" });
    const actions = element("div", { class: "actions" });
    const cancel = button(phrase("file.cancel"), () => {
      saving?.abort();
      resume();
    });
    let told = 0;
    fill(place, bar, label, actions);
    fill(actions, cancel);
    download.onprogress = tick;
    download.onbroken = pauseIt;
    tick();
    cancel.focus();

    function tick() {
      bar.value = download.done;
      fill(label, progressPhrase(download));
      const percent = Math.floor((100 * download.done) / download.size);
      if (percent < told + TOLD_STEP) return;
      told = percent;
      announce(progressPhrase(download));
    }

    async function pauseIt(error) {
      const goOn = isSignedOut(error)
        ? await signInToGoOn(error)
        : button(phrase("file.continue"), () => resume(), { class: "main" });
      const words = isSignedOut(error)
        ? phrase("people.again")
        : phrase("file.paused", { done: () => formatSize(download.done) });
      fill(label, words);
      announce(words);
      fill(actions, goOn, cancel);
      await waitToGoOn();
      fill(actions, cancel);
      tick();
    }
  }

  /** What is for named people only goes on once it is known again who they are. */
  async function signInToGoOn(error) {
    const { isOver, signInPart } = await import("../send/session.js");
    return isOver(error) && signInPart(() => resume());
  }

  /** Also what broke off before anybody wanted to save it waits until somebody does. */
  function waitToGoOn() {
    return new Promise((resolve) => (resume = resolve));
  }

  function showSaved() {
    const again = kept && button(phrase("file.save"), begin);
    fill(
      place,
      element("p", { class: "lead" }, phrase("file.saved")),
      element("p", { class: "quiet" }, describeViews(view)),
      again && element("div", { class: "actions" }, again),
    );
    announce(phrase("file.saved"));
    window.removeEventListener("beforeunload", warn);
  }

  function showUnsaved(error) {
    const words = error.name === "AbortError" ? phrase("file.cancelled") : explain(error).body;
    const isLost = error instanceof Damaged || FINAL.has(error.type);
    if (!isLost) showReady(words).focus();
    else fill(place, element("p", { class: "lead" }, words));
    announce(words);
  }

  function showTooLarge() {
    fill(place, element("p", { class: "lead" }, phrase("file.large")));
    announce(phrase("file.large"));
  }

  function warn(event) {
    if (saving) event.preventDefault();
  }
}

function progressPhrase({ done, size }) {
  return phrase("file.progress", { done: () => formatSize(done), total: () => formatSize(size) });
}
