/** The script of the page of a form: within another page it tells how high it is, and asks for what that page knows. */
export const pageScript = `import "/f/-/altcha.js";
const form = document.querySelector("form[data-form]");
if (form) {
  const { i18n } = globalThis.$altcha;
  i18n.set("en", { ...i18n.get("en"), ...JSON.parse(form.dataset.work) });
  const page = form.elements["~page"];
  if (page && page.value === "") page.value = location.href.split("#")[0].slice(0, 500);
  const device = form.elements["~device"];
  try { if (device) device.value = localStorage.getItem("trellis_device") ?? ""; } catch {}
}
if (parent !== window) {
  const tell = () => parent.postMessage({ trellis: "height", height: Math.ceil(document.body.getBoundingClientRect().height) }, "*");
  new ResizeObserver(tell).observe(document.body);
  tell();
  addEventListener("message", ({ source, data }) => {
    const device = form && form.elements["~device"];
    if (source === parent && device && data && data.trellis === "device") device.value = String(data.device).slice(0, 80);
  });
}
`;

/** What other pages load to show a form within themselves: a frame of its own height. It keeps nothing in the browser. */
export function embedScript(path: string): string {
  return `(() => {
  const script = document.currentScript;
  const frame = document.createElement("iframe");
  const from = new URL(script.src);
  const query = new URLSearchParams(location.search);
  query.set("embed", "1");
  query.set("page", location.href.split("#")[0].slice(0, 500));
  if (script.dataset.language) query.set("lang", script.dataset.language);
  frame.src = from.origin + ${JSON.stringify(path)} + "?" + query;
  frame.title = script.dataset.title || document.title;
  frame.style.cssText = "width:100%;border:0;display:block;height:480px";
  frame.loading = "lazy";
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== frame.contentWindow || origin !== from.origin || !data || data.trellis !== "height") return;
    frame.style.height = Math.min(Math.max(Number(data.height) || 0, 80), 20000) + "px";
    let device = "";
    try { device = localStorage.getItem("trellis_device") || ""; } catch {}
    if (device) frame.contentWindow.postMessage({ trellis: "device", device }, from.origin);
  });
  script.after(frame);
})();
`;
}
