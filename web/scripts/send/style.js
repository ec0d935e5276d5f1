/** The style sheet of sending, which recipients do without. */

let loading;

/** Load it once. A view without it is plain, and works. */
export function loadStyle() {
  loading ??= new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("../../styles/send.css", import.meta.url).href;
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve);
    document.head.append(link);
  });
  return loading;
}
