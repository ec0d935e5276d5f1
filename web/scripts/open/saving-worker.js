/**
 * A service worker that answers one request with bytes from the page, so that the browser saves them
 * as they come. It keeps nothing, fetches nothing, and answers nothing else.
 */

const waiting = new Map();

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", ({ data, ports }) => {
  if (!data) return; // It was only to keep the worker awake.
  waiting.set(data.url, { name: data.name, port: ports[0] });
  ports[0].postMessage("ready");
});

self.addEventListener("fetch", (event) => {
  const found = waiting.get(event.request.url);
  if (!found) return;
  waiting.delete(event.request.url);
  event.respondWith(new Response(streamFrom(found.port), { headers: headersFor(found.name) }));
});

function headersFor(name) {
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (character) =>
    `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return {
    "Content-Type": "application/octet-stream",
    "Content-Disposition": `attachment; filename*=UTF-8''${encoded}`,
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
  };
}

function streamFrom(port) {
  return new ReadableStream({
    start(controller) {
      port.onmessage = ({ data }) => {
        if (data === "end") {
          controller.close();
          port.postMessage("ended");
        } else if (data === "broken") controller.error(new Error("the download broke off"));
        else controller.enqueue(data);
      };
    },
    pull: () => port.postMessage("more"),
    cancel: () => port.postMessage("stop"),
  }, { highWaterMark: 0 });
}
