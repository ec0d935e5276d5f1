/**
 * Building what the page shows, from elements and texts: nothing is ever read as markup.
 *
 * @typedef {import("./words.js").Phrase} Phrase
 * @typedef {Node|Phrase|string|null|false} Child null and false stand for nothing
 */

// In milliseconds.
const WONDERING_AFTER = 400;

// What says each text and attribute, to say it anew in another language.
const textPhrases = new WeakMap();
const attributePhrases = new WeakMap();

let life = new AbortController();
let titled = () => document.title;

/**
 * An element. A property `on…` is a listener, true sets an attribute, false and null leave it out,
 * and a phrase is said again when the language changes.
 * @param {string} name
 * @param {Record<string, string|number|boolean|null|Function>} [properties]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (typeof value === "function") sayAttribute(made, key, value);
    else if (value !== false && value !== null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter(Boolean).map(toNode));
  return made;
}

/**
 * A button. Its words are its name.
 * @param {Phrase} words
 * @param {(event: MouseEvent) => void} act
 * @param {Record<string, any>} [properties] such as `class`: "main" for the one that matters most
 */
export function button(words, act, properties = {}) {
  return element("button", { type: "button", onclick: act, ...properties }, words);
}

/**
 * A labelled input with a hint above it, and room for an error.
 * @param {Phrase} words
 * @param {HTMLElement} input
 * @param {Phrase|null} [hint]
 * @param {HTMLElement|null} [beside] a button beside the input
 * @returns {HTMLElement} with `showError(phrase|null)`
 */
export function field(words, input, hint = null, beside = null) {
  input.id ||= `field-${crypto.randomUUID()}`;
  const [hintId, errorId] = [`${input.id}-hint`, `${input.id}-error`];
  const error = element("p", { id: errorId, class: "error" });
  input.setAttribute("aria-describedby", hint ? `${hintId} ${errorId}` : errorId);
  const label = element("label", { for: input.id }, words);
  const below = hint && element("p", { id: hintId, class: "hint" }, hint);
  const row = beside ? element("div", { class: "beside" }, input, beside) : input;
  const made = element("div", { class: "field" }, label, below, row, error);
  made.showError = (why) => {
    error.replaceChildren(...(why ? [toNode(why)] : []));
    input.setAttribute("aria-invalid", String(Boolean(why)));
    if (why) input.focus();
  };
  return made;
}

/**
 * Facts as a list of names and values.
 * @param {...([Phrase, Child]|null|false)} facts
 */
export function factsList(...facts) {
  const rows = facts
    .filter(Boolean)
    .map(([name, value]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, value)),
    );
  return element("dl", { class: "facts" }, ...rows);
}

/**
 * Show another view in place of the one before, and move the focus to its heading.
 * @param {Phrase} title
 * @param {...Child} content
 * @returns {AbortSignal} aborted when this view is left: end what belongs to it then
 */
export function show(title, ...content) {
  life.abort();
  life = new AbortController();
  titled = title;
  const heading = element("h1", { tabindex: "-1" }, title);
  document.querySelector("main").replaceChildren(heading, ...content.filter(Boolean).map(toNode));
  nameDocument();
  announce(null);
  heading.focus();
  return life.signal;
}

/**
 * Say what is being waited for, if it takes long enough to wonder. Call what it returns when something
 * else is shown.
 * @param {Phrase} words
 * @returns {() => void}
 */
export function showLater(words, isStillWanted = () => true) {
  const timer = setTimeout(() => {
    if (isStillWanted()) show(words, element("p", { class: "waiting" }));
  }, WONDERING_AFTER);
  return () => clearTimeout(timer);
}

/** Leave the view: nothing of it stays in the document, nor is kept for the back button. */
export function leave() {
  life.abort();
  document.querySelector("main").replaceChildren();
}

/**
 * Tell somebody who can't see what has changed.
 * @param {Phrase|null} words
 */
export function announce(words) {
  document.getElementById("announcements").textContent = words ? words() : "";
}

/**
 * Replace what an element holds.
 * @param {Element} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.filter(Boolean).map(toNode));
}

/** Say everything that is shown again, because the language has changed. */
export function sayAgain() {
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_ALL);
  while (nodes.nextNode()) {
    const node = nodes.currentNode;
    if (textPhrases.has(node)) node.data = textPhrases.get(node)();
    for (const [key, words] of attributePhrases.get(node) ?? []) node.setAttribute(key, words());
  }
  nameDocument();
}

function nameDocument() {
  document.title = `${titled()} – ${document.getElementById("brand").textContent}`;
}

function toNode(child) {
  if (typeof child !== "function") return child;
  const node = document.createTextNode(child());
  textPhrases.set(node, child);
  return node;
}

function sayAttribute(made, key, words) {
  made.setAttribute(key, words());
  attributePhrases.set(made, [...(attributePhrases.get(made) ?? []), [key, words]]);
}
