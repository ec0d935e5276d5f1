/** What is around every view: the name on top, and language, links and version at the bottom. */

import { VERSION } from "./api.js";
import { element, fill, leave, sayAgain, show } from "./view.js";
import { LANGUAGES, chooseLanguage, currentLanguage, loadWords, phrase } from "./words.js";

const SHOWN_VERSION = 8;
let started;

/** Load the words and show what is around every view; a second call does nothing more. */
export function start() {
  started ??= loadWords().then(() => {
    window.addEventListener("pagehide", leave);
    window.addEventListener("pageshow", showLeft);
    showColophon({});
    showBrand();
  });
  return started;
}

/** The back button may bring the page back as it was left: empty. */
function showLeft(event) {
  if (!event.persisted) return;
  show(phrase("hidden.title"), element("p", { class: "lead" }, phrase("hidden.left")));
}

async function showBrand() {
  const { loadConfig } = await import("./config.js");
  const { brand } = await loadConfig();
  const place = document.getElementById("brand");
  if (brand.name) {
    place.textContent = brand.name;
    document.title = document.title.replace(/[^–]*$/, ` ${brand.name}`);
  }
  if (brand.logo_url) {
    const logo = element("img", { src: brand.logo_url, alt: "", class: "logo" });
    logo.referrerPolicy = "no-referrer";
    place.prepend(logo);
  }
  if (/^#[\da-f]{6}$/i.test(brand.accent ?? "")) useAccent(brand.accent);
  showColophon(brand);
}

/** One colour for light and dark; as text it is made as dark or as light as can be read there. */
async function useAccent(accent) {
  const { readableOn } = await import("./colour.js");
  const { style } = document.documentElement;
  style.setProperty("--accent-light", readableOn("#fbfaf7", accent));
  style.setProperty("--accent-dark", readableOn("#1f1d1a", accent));
}

function showColophon({ help_url: help, imprint_url: imprint }) {
  const version = VERSION.slice(0, SHOWN_VERSION);
  fill(
    document.getElementById("colophon"),
    chooser(),
    help && link(help, phrase("shell.help")),
    imprint && link(imprint, phrase("shell.imprint")),
    element("span", { class: "version", title: VERSION }, phrase("shell.version", { version })),
  );
}

function chooser() {
  const options = Object.entries(LANGUAGES).map(([code, name]) =>
    element("option", { value: code, lang: code, selected: code === currentLanguage() }, name),
  );
  const select = element("select", {
    class: "language",
    "aria-label": phrase("shell.language"),
    autocomplete: "off",
    onchange: () => chooseLanguage(select.value).then(sayAgain, () => {
      select.value = currentLanguage();
    }),
  }, ...options);
  return select;
}

function link(url, words) {
  return /^https:\/\//.test(url) && element("a", { href: url, rel: "noreferrer" }, words);
}
