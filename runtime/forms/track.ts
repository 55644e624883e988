/**
 * The script of the workspace's own web sites. Before the visitor has agreed it keeps nothing in her browser, gives her no
 * id and tells nothing: `trellis.consent(true)` lets it, `trellis.consent(false)` takes everything back. It sets no cookie.
 */
export const trackScript = `(() => {
  if (window.trellis) return;
  const script = document.currentScript;
  const to = new URL(script.src).origin + "/t" + (script.dataset.workspace ? "?w=" + encodeURIComponent(script.dataset.workspace) : "");
  const sessionMs = 1800000;
  const keys = ["trellis_device", "trellis_session", "trellis_waiting"];
  const read = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const write = (key, value) => { try { localStorage.setItem(key, value); } catch {} };
  const waiting = () => { try { return JSON.parse(read("trellis_waiting") || "[]"); } catch { return []; } };
  function session(now) {
    let kept = {};
    try { kept = JSON.parse(read("trellis_session") || "{}"); } catch {}
    const id = kept.id && now - kept.at < sessionMs ? kept.id : crypto.randomUUID();
    write("trellis_session", JSON.stringify({ id, at: now }));
    return id;
  }
  function send() {
    const device = read("trellis_device");
    const visits = waiting();
    if (!device || visits.length === 0) return;
    const now = Date.now();
    const told = visits.slice(0, 50).map(({ at, ...visit }) => ({ ...visit, ago: Math.min(Math.max(now - at, 0), 86400000) }));
    const body = JSON.stringify({ device, visits: told });
    const gone = () => write("trellis_waiting", JSON.stringify(waiting().filter(({ id }) => !told.some((it) => it.id === id))));
    fetch(to, { method: "POST", mode: "no-cors", keepalive: true, credentials: "omit", headers: { "content-type": "text/plain" }, body }).then(gone, () => {});
  }
  let last = "";
  let timer;
  function page() {
    if (!read("trellis_device") || last === location.href) return;
    const visit = { id: crypto.randomUUID(), session: session(Date.now()), url: location.href, title: document.title.slice(0, 200), referrer: last || document.referrer, at: Date.now() };
    last = location.href;
    write("trellis_waiting", JSON.stringify([...waiting(), visit].slice(-50)));
    clearTimeout(timer);
    timer = setTimeout(send, 1000);
  }
  function consent(given) {
    if (!given) return keys.forEach((key) => { try { localStorage.removeItem(key); } catch {} });
    if (!read("trellis_device")) write("trellis_device", crypto.randomUUID());
    page();
  }
  window.trellis = { consent, page };
  addEventListener("pagehide", send);
  addEventListener("popstate", () => setTimeout(page));
  if (script.dataset.consent === "given") consent(true);
  else page();
})();
`;
