/**
 * The page. It takes what is secret out of the address before anything else runs, and then shows
 * the view for it. It imports nothing statically: else its imports would be loaded first.
 */

const { hash, search } = location;
takeFragment();
window.addEventListener("hashchange", () => {
  const next = location.hash;
  takeFragment();
  choose(next);
});
// Who has just signed in comes back with `state` in the query.
if (/[?&]state=/.test(search)) comeBack();
else choose(hash);

/** What is no plain word may open something, so it stays neither in the address nor in history. */
function takeFragment() {
  const isSecret = location.hash !== "" && !/^#\w+$/.test(location.hash);
  if (isSecret) history.replaceState(null, "", location.pathname + location.search);
}

/** What the provider says is used once, and stays nowhere. */
async function comeBack() {
  history.replaceState(null, "", location.pathname);
  await import("./shell.js").then((module) => module.start());
  const { comeBack: finish } = await import("./send/session.js");
  await finish(search);
}

/** @param {string} fragment as `location.hash` has it */
async function choose(fragment) {
  const shell = import("./shell.js").then((module) => module.start());
  const word = fragment.slice(1).split(".")[0];
  const views = {
    "": () => import("./start.js"),
    send: () => import("./send/send.js"),
    history: () => import("./send/history-view.js"),
    receipt: () => import("./send/receipt.js"),
    ask: () => import("./request/ask.js"),
    request: () => import("./request/submit.js"),
    answer: () => import("./request/answer.js"),
  };
  const load = Object.hasOwn(views, word) ? views[word] : () => import("./open/open.js");
  const [view] = await Promise.all([load(), shell]);
  await view.run(fragment);
}
