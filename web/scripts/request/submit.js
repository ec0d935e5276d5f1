/**
 * A request that somebody was sent: who asks, and for what; then whatever is answered. It takes no
 * account. What was put in outlives every failure, and nothing of it stays once it has arrived.
 */

import { Problem, call } from "../api.js";
import { loadConfig } from "../config.js";
import { LinkError } from "../format/links.js";
import { parseRequestFragment } from "../format/requests.js";
import { explain, untilLine } from "../problems.js";
import { contentField } from "../send/content-field.js";
import { Unreadable } from "../send/files.js";
import { showProgress } from "../send/progress.js";
import { isKnown, showUnknown } from "../send/session.js";
import { loadStyle } from "../send/style.js";
import { largest, narrowLimits } from "../send/ways.js";
import { button, element, factsList, fill, sayAgain, show, showLater } from "../view.js";
import { formatRelative, formatSize, formatTime, phrase } from "../words.js";

const ENDS = new Set(["submitted", "revoked", "expired"]);
const TOO_LARGE = 413;

let latest = null;
let draft = null;

/**
 * Show the request that the page was called with.
 * @param {string} fragment
 */
export async function run(fragment) {
  const mine = (latest = {});
  try {
    const request = await parseRequestFragment(fragment);
    if (mine === latest) await showRequest(request, mine);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    const kind = error.reason === "incomplete" ? "incomplete" : "none";
    show(phrase(`link.${kind}.title`), element("p", { class: "lead" }, phrase(`link.${kind}`)));
  }
}

/** Look what is asked for, and say it. */
async function showRequest(request, mine) {
  const again = () => showRequest(request, mine);
  const stop = showLater(phrase("shell.moment"), () => mine === latest);
  try {
    const options = { token: request.token };
    const looking = call("GET", `v1/requests/${request.id}`, options);
    const [asked, config] = await Promise.all([looking, loadConfig(), loadStyle()]);
    if (mine !== latest) return;
    if (asked?.id !== request.id || !Array.isArray(asked.kinds)) throw new Problem("foreign");
    if (!isKnown(config)) return showUnknown(again);
    if (!(largest(narrowLimits(config.limits, asked)) > 0)) throw new Problem("foreign");
    // Whoever opens the same link again finds what was put in.
    if (draft?.request.token !== request.token) draft = new Draft(request, asked, config.limits);
    draft.show();
  } catch (error) {
    if (mine === latest) showProblem(error, again);
  } finally {
    stop();
  }
}

function showProblem(error, again) {
  const { title, body, passing, until = null } = explainHere(error) ?? explain(error);
  show(title, element("p", { class: "lead" }, body), untilLine(until),
    passing && element("div", { class: "actions" },
      button(phrase("problem.again"), again, { class: "main" })));
}

/** What a problem means for who answers; null if it means the same for everybody. */
function explainHere({ type, extensions }) {
  if (type === "not-found") {
    return { title: phrase("problem.not-found.title"), body: phrase("request.none") };
  }
  if (type === "being-answered") {
    return { title: phrase("problem.busy.title"), body: phrase("request.busy"), passing: true };
  }
  if (type !== "gone" || !ENDS.has(extensions.state)) return null;
  const time = () => formatTime(extensions.ended_at);
  const name = `request.${extensions.state}`;
  return { title: phrase(`${name}.title`), body: phrase(name, { time }) };
}

/** What is being put together: it stays while it is sent, until that is done. */
class Draft {
  constructor(request, asked, limits) {
    this.request = request;
    this.asked = asked;
    this.limits = narrowLimits(limits, asked);
    this.content = contentField(this.limits);
    this.doubtful = null; // A submission that may have arrived, and what it was made of.
    this.alert = element("div", { role: "alert", class: "alert" });
    this.form = element("form", { novalidate: true, autocomplete: "off", onsubmit: (event) => {
      event.preventDefault();
      this.send();
    } },
    this.alert, this.content.element,
    element("div", { class: "actions" }, element("button", { class: "main" }, phrase("request.go"))));
    this.life = new AbortController();
    const { signal } = this.life;
    // What leaves the screen for good leaves the memory, also where a browser keeps whole pages.
    window.addEventListener("pagehide", () => this.end(), { signal });
    window.addEventListener("beforeunload", (event) => {
      if (!this.content.isEmpty() || this.doubtful) event.preventDefault();
    }, { signal });
  }

  show() {
    fill(this.alert);
    const left = show(phrase("request.title"), describe(this.asked),
      element("p", { class: "warning" }, phrase("request.warning")),
      this.form);
    this.content.listen(left);
    import("./submitting.js").catch(() => {}); // Whoever sends is told.
    sayAgain(); // The language may be another one than when this was left.
  }

  /** Nothing of it stays. */
  end() {
    this.life.abort();
    this.content.clear();
    this.forgetDoubt();
    fill(this.alert);
    if (draft === this) draft = null;
  }

  forgetDoubt() {
    this.doubtful?.submission.discard();
    this.doubtful = null;
  }

  async send() {
    const pack = this.content.read();
    if (!pack) return;
    const parts = this.content.parts();
    if (this.doubtful && isSame(parts, this.doubtful.parts)) return this.sendAgain();
    await this.deliver(async ({ signal, progress }) => {
      const packing = (done, total) => progress("pack", done, total);
      const content = await pack({ progress: packing, signal });
      const { submit } = await import("./submitting.js");
      const doubt = (submission) => {
        this.forgetDoubt();
        this.doubtful = { submission, parts };
      };
      await submit(this.request, content, { limits: this.limits, progress, signal, doubt });
    });
  }

  /** What may have arrived is sent as it was, so that it arrives once. */
  async sendAgain() {
    await this.deliver((options) => this.doubtful.submission.send(options));
  }

  /** @param {(options: object) => Promise<void>} act */
  async deliver(act) {
    const stop = new AbortController();
    const { signal } = stop;
    const { left, progress } = showProgress(stop);
    try {
      await act({ signal, progress });
      this.end();
      if (!left.aborted) showDone();
    } catch (error) {
      if (left.aborted) return; // Somebody looks at something else; it is still here.
      const stopped = signal.aborted;
      this.show();
      if (stopped) this.explainStopped();
      else this.explain(error);
    }
  }

  explainStopped() {
    if (this.doubtful) this.say(element("p", {}, phrase("request.stopped")));
  }

  /** Say what went wrong, above what was put in. */
  explain(error) {
    if (error.status === TOO_LARGE) return this.content.showError(phrase("send.refused"));
    if (error instanceof Unreadable) return this.content.showError(phrase("send.files.unreadable"));
    const problem = error.name === "UploadFailed" ? nameFailure(error) : error;
    const inDoubt = this.doubtful?.submission.inDoubt;
    if (problem.type === "gone" && inDoubt) return this.offerDoubtful();
    const here = explainHere(problem);
    const { title, body, passing, until = null } = here ?? explain(problem);
    // The other explanations are for those who open.
    const isForThem = here || (passing && problem.type !== "interrupted");
    this.say(element("h2", {}, title),
      isForThem && element("p", {}, body),
      untilLine(until),
      element("p", {}, phrase("send.kept")));
  }

  /** Something was taken, and it can only be what was sent before. */
  offerDoubtful() {
    this.say(element("p", {}, phrase("request.begun")),
      element("div", { class: "actions" },
        button(phrase("request.begun.go"), () => this.sendAgain(), { class: "main" })));
  }

  say(...words) {
    fill(this.alert, ...words);
    this.alert.scrollIntoView({ block: "nearest" });
  }
}

/** Who asks and what for are the words of others: shown as text, and never as markup. */
function describe({ created_by: who, label, kinds, expires_at: until, max_bytes: most }) {
  const values = { time: () => formatTime(until), relative: () => formatRelative(until) };
  return factsList(
    [phrase("request.who"), who ? element("bdi", {}, String(who)) : phrase("request.who.none")],
    label && [phrase("request.label"), element("bdi", {}, String(label))],
    [phrase("request.kinds"), phrase(`request.kinds.${nameKinds(kinds)}`)],
    [phrase("peek.size"), phrase("peek.size.most", { size: () => formatSize(most) })],
    [phrase("peek.until"), phrase("peek.until.time", values)],
  );
}

function nameKinds(kinds) {
  if (!kinds.includes("text")) return "file";
  return kinds.length > 1 ? "any" : "text";
}

function showDone() {
  show(phrase("request.done.title"), element("p", { class: "lead" }, phrase("request.done")));
}

function isSame(parts, others) {
  return parts.length === others.length && parts.every((part, index) => part === others[index]);
}

/** The bucket has no words of ours. */
function nameFailure({ status }) {
  return new Problem(status === 0 ? "unanswered" : "unavailable", status);
}
