// Makes pages livelier; every page works without it.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
document.documentElement.classList.add("js");

// Times ---------------------------------------------------------------------------------------------------

const UNITS = [[63072000, 31536000, "y"], [5184000, 2592000, "mo"], [1209600, 604800, "wk"], [86400, 86400, "d"], [3600, 3600, "h"], [60, 60, "min"], [0, 1, "s"]];

function ago(then) {
  const seconds = Math.round((Date.now() - then) / 1000);
  const length = Math.abs(seconds);
  if (length < 5) return "just now";
  const [, size, unit] = UNITS.find(([from]) => length >= from);
  const span = `${Math.floor(length / size)} ${unit}`;
  return seconds > 0 ? `${span} ago` : `in ${span}`;
}

function tellTimes() {
  for (const time of all("time[data-ago]")) {
    const then = new Date(time.dateTime);
    time.textContent = ago(then);
    time.title = then.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
  }
}
tellTimes();
setInterval(tellTimes, 20_000);

// Pages that say what is new ----------------------------------------------------------------------------------------
//
// The hub tells it by a stream, while the page is looked at; where there is none, the page is loaded again every so often.

const AGAIN = 60_000;

async function fetched() {
  const response = await fetch(location.href, { headers: { "X-Live": "1" }, redirect: "error" });
  if (!response.ok) throw new Error(`the page answered ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// Says it where it is read out, for who looks at the page to choose when to load it again.
function say(place, words) {
  let link = one("a", place);
  if (!link) {
    link = document.createElement("a");
    link.className = "button slim";
    link.href = place.dataset.href;
    place.append(link);
  }
  const text = words[0].toUpperCase() + words.slice(1);
  if (link.textContent !== text) link.textContent = text;
}

const number = (row) => BigInt(row.dataset.row.split("/").pop());

// Figures change where they stand; no row moves under anybody's hand. Answers how many rows are new.
function updateRows(place, part, fresh) {
  const rows = new Map(all("[data-row]", fresh).map((row) => [row.dataset.row, row]));
  for (const row of all("[data-row]", part)) {
    const now = rows.get(row.dataset.row);
    for (const kind of now ? [".spark", ".figure:not(.users)", ".figure.users", ".ages"] : []) {
      one(kind, row).replaceWith(one(kind, now));
    }
  }
  const after = BigInt(new URLSearchParams(place.dataset.toldBy.split("?")[1]).get("after"));
  return [...rows.values()].filter((row) => number(row) > after).length;
}

// Brings a part up to date; answers whether there is more to come.
async function refresh(place, part) {
  const page = await fetched();
  const fresh = page.getElementById(part.id);
  const told = page.getElementById(place.id);
  if (!fresh || !told) return false;
  if (part === place && place.dataset.href) {
    if (told.dataset.toldBy !== place.dataset.toldBy) say(place, "this is not as it was");
  } else if (one("[data-row]", part)) {
    const count = updateRows(place, part, fresh);
    if (count && !place.hasChildNodes()) say(place, count === 1 ? "1 new issue" : `${count} new issues`);
  } else if (fresh.innerHTML !== part.dataset.shown) {
    part.dataset.shown = fresh.innerHTML;
    part.replaceChildren(...fresh.childNodes);
    if (told.dataset.toldBy) place.dataset.toldBy = told.dataset.toldBy;
  }
  tellTimes();
  return Boolean(told.dataset.toldBy);
}

function listen(place) {
  const part = document.getElementById(place.dataset.part ?? place.id);
  const seconds = Number(part.dataset.live ?? 60);
  // News of the page as a whole: nothing of it is brought up to date.
  const isWhole = part === place && "href" in place.dataset;
  let source;
  const isTold = () => source?.readyState === EventSource.OPEN;
  const leave = () => { source?.close(); source = undefined; };
  const look = async () => {
    const before = place.dataset.toldBy;
    const goesOn = await refresh(place, part);
    if (!goesOn) { place.removeAttribute("data-told-by"); leave(); }
    else if (place.dataset.toldBy !== before) { leave(); begin(); }
  };
  const begin = () => {
    if (source || document.hidden || !place.dataset.toldBy) return;
    source = new EventSource(place.dataset.toldBy);
    source.addEventListener("news", ({ data }) => (part === place || one("[data-row]", part) ? say(place, data) : look().catch(() => {})));
    source.addEventListener("changed", () => look().catch(() => {}));
    source.addEventListener("error", () => {
      // It comes back by itself, unless it was refused.
      if (source?.readyState !== EventSource.CLOSED) return;
      leave();
      setTimeout(begin, AGAIN);
    });
  };
  const poll = async () => {
    if (!place.dataset.toldBy) return;
    if (!document.hidden && !isTold()) await look().catch(() => {});
    setTimeout(poll, seconds * 1000);
  };
  // Who does not look is told nothing, and holds no connection: a browser has few of them for each hub.
  document.addEventListener("visibilitychange", () => {
    leave();
    if (document.hidden) return;
    if (!isWhole) look().catch(() => {});
    begin();
  });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", begin);
  setTimeout(poll, seconds * 1000);
  begin();
}

all("[data-told-by]").forEach(listen);

// Copying -----------------------------------------------------------------------------------------------------

function said(button, word) {
  const before = button.innerHTML;
  button.textContent = word;
  setTimeout(() => { button.innerHTML = before; }, 1500);
}

document.addEventListener("click", async (click) => {
  const button = click.target.closest("[data-copy], [data-copy-from], [data-unfold], [data-dialog]");
  if (!button) return;
  const { copy, copyFrom, unfold, dialog } = button.dataset;
  if (dialog) document.getElementById(dialog).showModal();
  if (unfold) {
    const folded = all("details", one(unfold));
    const isAll = folded.every((details) => details.open);
    folded.forEach((details) => { details.open = !isAll; });
    button.textContent = isAll ? "Unfold all" : "Fold all";
  }
  if (copy === undefined && copyFrom === undefined) return;
  try {
    const text = copy ?? await (await fetch(copyFrom)).text();
    await navigator.clipboard.writeText(text);
    said(button, "Copied");
  } catch {
    said(button, "Could not copy");
  }
});

// Forms -------------------------------------------------------------------------------------------------------

// By keyboard a choice is walked to: the form is sent by Enter then, and not at each step.
let isByKeys = false;
document.addEventListener("pointerdown", () => { isByKeys = false; });

document.addEventListener("change", (change) => {
  if (change.target.matches("select[data-submit]") && !isByKeys) change.target.form.requestSubmit();
  if (change.target.matches("[data-redraws]")) one("button[value=redraw]", change.target.closest(".field"))?.click();
  if (change.target.id === "all") {
    all("input[name=id]").forEach((box) => { box.checked = change.target.checked; });
  }
  if (change.target.matches("input[name=id], #all")) tellSelected();
});

function tellSelected() {
  const count = all("input[name=id]:checked").length;
  const hint = one("[data-selected]");
  if (hint) hint.textContent = count ? `${count} selected` : "";
}

document.addEventListener("submit", (submit) => {
  const question = submit.submitter?.dataset.confirm;
  if (question && !confirm(question)) submit.preventDefault();
});

// What may be chosen is looked for while somebody types: what the button *Find* would show.
let typing;

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-lookup]")) return;
  clearTimeout(typing);
  typing = setTimeout(() => find(target).catch(() => {}), 300);
});

async function find(input) {
  const { form, value, dataset: { lookup } } = input;
  const fields = new URLSearchParams(new FormData(form));
  fields.delete(`pick-${lookup}`);
  fields.set("do", `look-up:${lookup}`);
  const response = await fetch(form.action, { method: "POST", body: fields, redirect: "error" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const field = page.getElementById(input.id)?.closest(".field");
  if (!field || input.value !== value) return;
  const found = one(".finder", field);
  all("[autofocus]", found).forEach((list) => { list.removeAttribute("autofocus"); list.size = Math.min(list.length, 8); });
  one(".finder", input.closest(".field")).replaceWith(found);
}

// A menu closes when something else is used, by pointer or by keyboard: it would lie over what has the focus.
function closeMenus(used) {
  for (const menu of all("details.menu[open]")) {
    if (!menu.contains(used)) menu.open = false;
  }
}

document.addEventListener("click", (click) => closeMenus(click.target));
document.addEventListener("focusin", (focus) => closeMenus(focus.target));

// Up and down walk a menu, round and round.
function walkMenu(press) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[press.key];
  const menu = press.target.closest("details.menu");
  if (!by || !menu || press.target.matches("input, select")) return;
  press.preventDefault();
  menu.open = true;
  const items = all(".sheet a, .sheet button, .sheet input:not([type=hidden]), .sheet select", menu).filter((item) => item.offsetParent);
  const at = items.indexOf(document.activeElement);
  const next = at < 0 && by < 0 ? items.length - 1 : at + by;
  items[(next + items.length) % items.length]?.focus();
}

// Keys --------------------------------------------------------------------------------------------------------

function step(by) {
  const rows = all("[data-row]");
  if (!rows.length) {
    one(by > 0 ? "[data-key=j]" : "[data-key=k]")?.click();
    return;
  }
  const at = rows.findIndex((row) => row.classList.contains("at"));
  stand(rows, Math.max(0, Math.min(rows.length - 1, at + by)));
}

function stand(rows, at) {
  const next = rows[at];
  rows.forEach((row) => row.classList.toggle("at", row === next));
  next.scrollIntoView({ block: "nearest" });
  one("a.title", next)?.focus({ preventScroll: true });
}

// Where somebody stood in the list, for when they come back to it: they did something there, or looked at an issue.
const LIST = "errand-list";
const kept = () => JSON.parse(sessionStorage.getItem(LIST) ?? "null");
let isComingBack = false;

function keepPlace() {
  const rows = all("#stream [data-row]");
  const at = rows.findIndex((row) => row.classList.contains("at"));
  const place = rows.length ? { url: location.href, at, row: rows[at]?.dataset.row } : kept();
  if (place) sessionStorage.setItem(LIST, JSON.stringify({ ...place, isComingBack }));
}

function takePlace() {
  const place = kept();
  if (!place) return;
  const rows = all("#stream [data-row]");
  const back = one("[data-key=u]");
  if (back) back.href = place.url;
  const isBack = place.isComingBack || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (!rows.length || place.at < 0 || place.url !== location.href || !isBack) return;
  const same = rows.findIndex((row) => row.dataset.row === place.row);
  stand(rows, same < 0 ? Math.min(place.at, rows.length - 1) : same);
}

takePlace();
addEventListener("pagehide", keepPlace);
document.addEventListener("submit", ({ target }) => { isComingBack = target.matches("#bulk"); });

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => one("[data-row].at a.title")?.click(),
  x: () => {
    const box = one("[data-row].at input[name=id]");
    if (box) box.checked = !box.checked;
    tellSelected();
  },
  e: () => {
    const box = one("[data-row].at input[name=id]");
    if (box && !one("input[name=id]:checked")) box.checked = true;
    const button = one("[data-key=e]") ?? (one("input[name=id]:checked") && one("#bulk button[value=resolve]"));
    button?.click();
  },
  a: () => {
    const menu = one("[data-menu=assign]");
    if (menu) { menu.open = true; one(".sheet button", menu)?.focus(); return; }
    const box = one("[data-row].at input[name=id]");
    if (box && !one("input[name=id]:checked")) { box.checked = true; tellSelected(); }
    one("#assignee")?.focus();
  },
  u: () => {
    isComingBack = true;
    one("[data-key=u]")?.click();
  },
  "/": () => {
    one("#query")?.focus();
    one("#query")?.select();
  },
  "?": () => one("dialog#keys")?.showModal(),
};

// Closes what is open; else leaves the field, so that the keys mean something again. What is typed there stays.
function stepOut(press) {
  const menus = all("details.menu[open]");
  menus.forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
  if (menus.length || one("dialog[open]") || !press.target.matches("#query, #assignee")) return;
  press.preventDefault();
  press.target.blur();
  one("[data-row].at a.title")?.focus();
}

document.addEventListener("keydown", (press) => {
  isByKeys = true;
  if (press.key === "Escape") stepOut(press);
  walkMenu(press);
  if (press.key === "Enter" && press.target.matches("#assignee")) one("#bulk button[value=assign]").click();
  if (press.key === "Enter" && press.target.matches("select[data-submit]")) press.target.form.requestSubmit();
  const isTyping = press.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (press.ctrlKey || press.metaKey || press.altKey || isTyping || one("dialog[open]")) return;
  const act = KEYS[press.key];
  if (!act) return;
  press.preventDefault();
  act();
});
