/** Where the secret itself is put in: a text, or files that are chosen, dropped or pasted. */

import { TEXT } from "../format/content.js";
import { encodeText } from "../format/bytes.js";
import { announce, button, element, field, fill } from "../view.js";
import { formatSize, phrase } from "../words.js";
import { choice, radio } from "./choices.js";
import { TooManyFiles, hasFiles, itemsOfDrop, itemsOfFiles, itemsOfPaste } from "./files.js";
import { generatorPanel } from "./generator-panel.js";
import { chooseWays, largest } from "./ways.js";
import { zipFiles, zippedSize } from "./zip.js";

const ZIP_NAME = "files.zip";
const ZIP = "application/zip";

/**
 * @param {Record<string, number>} limits what takes no texts, or no files, is not asked for them
 */
export function contentField(limits) {
  let items = [];
  const takesTexts = largest(limits, ["text"]) > 0;
  const takesFiles = largest(limits, ["file", "upload"]) > 0;
  const group = crypto.randomUUID();
  const [asText, asFiles] = [radio(group, takesTexts), radio(group, !takesTexts)];
  const input = element("textarea", {
    rows: 6, dir: "auto", spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    class: "code",
  });
  const text = field(phrase("send.text"), input);
  const generator = generatorPanel(phrase("generate.password"), false, (made) => {
    input.setRangeText(made, input.selectionStart, input.selectionEnd, "end");
    input.focus();
  });
  const picker = element("input", {
    type: "file", multiple: true, class: "unseen", onchange: pick,
  });
  const list = element("ul", { class: "files" });
  const total = element("p", { class: "hint" });
  const left = element("p", { class: "hint" });
  const error = element("p", { class: "error", id: `error-${group}` });
  picker.setAttribute("aria-describedby", error.id);
  const zone = element("div", { class: "drop" },
    element("p", { class: "quiet when-dragging" }, phrase("send.files.drop")),
    element("label", { class: "button" },
      picker, element("span", {}, phrase("send.files.choose"))));
  const texts = element("div", {}, text, generator);
  const files = element("div", { hidden: true }, zone, list, total, left, error);
  const whole = element("div", { onchange: showChosen },
    takesTexts && takesFiles && element("fieldset", { class: "tabs" },
      element("legend", { class: "unseen" }, phrase("send.what")),
      choice(asText, phrase("send.what.text")), choice(asFiles, phrase("send.what.files"))),
    texts, files);
  showChosen();

  return { element: whole, listen, read, parts, clear, isEmpty, showError };

  function showChosen() {
    texts.hidden = !asText.checked;
    files.hidden = asText.checked;
    fill(left, input.value !== "" && phrase("send.files.only"));
  }

  /** Take what is dropped or pasted anywhere, until the signal is aborted. */
  function listen(signal) {
    const drag = (event) => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      const leaves = event.type === "dragleave" && event.relatedTarget === null;
      document.body.classList.toggle("dropping", takesFiles && !leaves);
    };
    for (const name of ["dragenter", "dragover", "dragleave"]) {
      window.addEventListener(name, drag, { signal });
    }
    window.addEventListener("drop", drop, { signal });
    window.addEventListener("paste", paste, { signal });
    signal.addEventListener("abort", () => document.body.classList.remove("dropping"));
  }

  async function drop(event) {
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    document.body.classList.remove("dropping");
    if (!takesFiles) return;
    try {
      add(await itemsOfDrop(event.dataTransfer));
    } catch (problem) {
      showFiles();
      showError(problem instanceof TooManyFiles ? tooLarge() : phrase("send.files.unreadable"));
    }
  }

  function paste(event) {
    const pasted = itemsOfPaste(event.clipboardData);
    if (!takesFiles || pasted.length === 0) return;
    event.preventDefault();
    add(pasted);
  }

  function pick() {
    add(itemsOfFiles(picker.files));
    picker.value = "";
  }

  function showFiles() {
    asFiles.checked = true;
    showChosen();
  }

  function add(more) {
    items.push(...more);
    showFiles();
    showItems();
    announce(totalPhrase());
  }

  function remove(item) {
    items = items.filter((other) => other !== item);
    showItems();
    (list.querySelector("button") ?? picker).focus();
  }

  function showItems() {
    fill(list, ...items.map((item, index) => {
      const nameId = `file-${group}-${index}`;
      return element("li", {},
        element("bdi", { class: "name", id: nameId, translate: "no" }, item.path),
        element("span", { class: "quiet" }, () => formatSize(item.file.size)),
        button(phrase("send.files.remove"), () => remove(item), {
        class: "plain",
        "aria-describedby": nameId,
      }));
    }));
    fill(total, items.length > 1 && totalPhrase());
    showError(fits(sizes()) ? null : tooLarge());
  }

  function totalPhrase() {
    const bytes = items.reduce((sum, { file }) => sum + file.size, 0);
    return phrase("send.files.total", { count: items.length, size: () => formatSize(bytes) });
  }

  /** What will be sent, as far as its size goes, before it is packed. */
  function sizes() {
    const [{ path, file } = { path: "", file: { size: 0 } }] = items;
    return items.length > 1
      ? { blob: { size: zippedSize(items) }, description: { mediaType: ZIP, filename: ZIP_NAME } }
      : { blob: file, description: { mediaType: "", filename: nameOf(path) } };
  }

  function fits(content) {
    return chooseWays(content, limits).fits;
  }

  function tooLarge() {
    return phrase("send.large", { size: () => formatSize(largest(limits)) });
  }

  /** Show what is wrong with what was put in; null for nothing. */
  function showError(why) {
    text.showError(asText.checked ? why : null);
    picker.setAttribute("aria-invalid", String(Boolean(!asText.checked && why)));
    fill(error, !asText.checked && why);
    if (why && !asText.checked) {
      picker.focus();
      announce(why);
    }
  }

  /**
   * What is to be sent: a function that packs it. Null if there is nothing, which is shown then.
   * @returns {null|((options: object) => Promise<import("./sealing.js").Content>)}
   */
  function read() {
    const content = asText.checked ? textContent(input.value) : sizes();
    const why = whatIsWrong(content);
    showError(why);
    if (why) return null;
    const chosen = [...items];
    return asText.checked ? async () => content : (options) => pack(chosen, options);
  }

  function whatIsWrong(content) {
    if (asText.checked && input.value === "") return phrase("send.text.empty");
    if (asFiles.checked && items.length === 0) return phrase("send.files.empty");
    if (content === null) return phrase("send.refused");
    return fits(content) ? null : tooLarge();
  }

  /** What is to be sent, to be compared with what was sent before. */
  function parts() {
    return asText.checked ? [input.value] : items.map(({ file }) => file);
  }

  function isEmpty() {
    return input.value === "" && items.length === 0;
  }

  function clear() {
    input.value = "";
    items = [];
    showItems();
    showChosen();
  }
}

/** Null for a text with half a character in it, which would silently become another. */
function textContent(text) {
  try {
    return { blob: new Blob([encodeText(text)]), description: { mediaType: TEXT, filename: "" } };
  } catch {
    return null;
  }
}

/** One file as it is, several as a zip. */
async function pack(items, options) {
  if (items.length > 1) {
    const blob = await zipFiles(items, options);
    return { blob, description: { mediaType: ZIP, filename: ZIP_NAME } };
  }
  const [{ path, file }] = items;
  return { blob: file, description: { mediaType: file.type, filename: nameOf(path) } };
}

function nameOf(path) {
  return path.split("/").at(-1);
}
