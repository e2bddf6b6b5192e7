// Lets things fail in this browser and sends them to this hub, as a browser SDK would: an envelope with the
// stack trace of the error, to the DSN that the page names.

const panel = document.getElementById("demo");
const dsn = panel && new URL(panel.dataset.dsn);
const result = document.getElementById("demo-result");
const crumbs = [];

document.addEventListener("click", (click) => {
  const button = click.target.closest("button, a");
  if (!button) return;
  crumbs.push({ timestamp: Date.now() / 1000, category: "ui.click", type: "user", message: `${button.tagName.toLowerCase()} > ${button.textContent.trim()}` });
  crumbs.splice(0, crumbs.length - 20);
}, true);

const FAILURES = {
  undefined: () => checkOut({ items: [{ name: "Mug", price: 12 }] }),
  promise: () => { Promise.reject(new RangeError("Payment was refused: card expired")); },
  json: () => readPrices('{"mug": 12, }'),
  chain: () => {
    try {
      readPrices("<html>Bad Gateway</html>");
    } catch (error) {
      throw new Error("Could not load the prices", { cause: error });
    }
  },
  message: () => send({ level: "warning", message: "Stock of Mug is below 5", ...common() }),
};

function checkOut(cart) {
  return total(cart.items) - cart.voucher.percent;
}

function total(items) {
  return items.reduce((sum, item) => sum + item.price, 0);
}

function readPrices(text) {
  return JSON.parse(text);
}

// Chromium and Node write `at f (url:1:2)`, Firefox and Safari `f@url:1:2`.
function frames(stack) {
  const lines = (stack ?? "").split("\n");
  const read = (line) => {
    const match = /^\s*at (?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/.exec(line) ?? /^(.*?)@(.*?):(\d+):(\d+)$/.exec(line);
    if (!match) return [];
    const [, name, file, lineno, colno] = match;
    return [{ function: name || "?", filename: file, abs_path: file, lineno: Number(lineno), colno: Number(colno), in_app: true }];
  };
  return lines.flatMap(read).reverse();
}

function exceptions(error, mechanism) {
  const chain = [];
  for (let at = error; at instanceof Error && chain.length < 5; at = at.cause) {
    chain.unshift({ type: at.name, value: at.message, stacktrace: { frames: frames(at.stack) }, mechanism: at === error ? mechanism : { type: "chained", handled: true } });
  }
  return chain;
}

function common() {
  return {
    event_id: crypto.randomUUID?.().replaceAll("-", "") ?? randomId(),
    timestamp: Date.now() / 1000,
    platform: "javascript",
    environment: "demo",
    release: "errand-demo@1.0.0",
    request: { url: location.href, headers: { "User-Agent": navigator.userAgent } },
    user: { ip_address: "{{auto}}" },
    tags: { demo: "browser" },
    breadcrumbs: [...crumbs],
    sdk: { name: "errand.demo", version: "1.0.0" },
  };
}

// Pages that came over plain http have no crypto.randomUUID.
function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function send(event) {
  const project = dsn.pathname.split("/").pop();
  const prefix = dsn.pathname.slice(0, -project.length);
  // The page's own origin, whatever name the DSN has for it: the hub may be reached by several.
  const url = `${location.origin}${prefix}api/${project}/envelope/?sentry_key=${dsn.username}&sentry_version=7`;
  const lines = [{ event_id: event.event_id, sent_at: new Date().toISOString() }, { type: "event" }, event];
  const response = await fetch(url, { method: "POST", body: lines.map((line) => JSON.stringify(line)).join("\n") });
  tell(response.ok, response.ok ? `Sent as event ${event.event_id.slice(0, 8)}; its issue appears below.` : `The hub answered ${response.status}: ${await response.text()}`);
}

function tell(isGood, text) {
  const line = document.createElement("p");
  line.className = `flash ${isGood ? "ok" : "error"}`;
  line.textContent = text;
  result.replaceChildren(line);
}

window.addEventListener("error", (thrown) => {
  const mechanism = { type: "onerror", handled: false };
  send({ level: "error", exception: { values: exceptions(thrown.error, mechanism) }, ...common() });
});
window.addEventListener("unhandledrejection", (rejected) => {
  const mechanism = { type: "onunhandledrejection", handled: false };
  send({ level: "error", exception: { values: exceptions(rejected.reason, mechanism) }, ...common() });
});

panel?.addEventListener("click", (click) => {
  const failure = click.target.closest("[data-fail]")?.dataset.fail;
  if (failure) FAILURES[failure]();
});
