/** The page's start: takes what is secret out of the address before anything else runs. */

const fragment = location.hash;
if (fragment) {
  history.replaceState(null, "", location.pathname);
}

const answer = await fetch("config.json");
const facts = await answer.json();
document.title = facts.brand.name ?? "burnbag";
document.querySelector("h1").textContent = document.title;
if (facts.brand.accent) {
  document.documentElement.style.setProperty("--accent", facts.brand.accent);
}
