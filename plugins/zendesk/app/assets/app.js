// The sidebar of a ticket. It tells the hub which ticket is looked at and nothing about it, and shows what comes back as
// text. Requests go through Zendesk, which puts the secret in: it is in no browser.
(() => {
  "use strict";

  const client = ZAFClient.init();
  const root = document.getElementById("app");
  let words = {};

  const element = (name, attributes = {}, ...children) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...children);
    return made;
  };

  const say = (key, values = {}) =>
    (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

  const show = (...children) => {
    root.replaceChildren(...children);
    client.invoke("resize", { width: "100%", height: `${Math.max(80, document.body.scrollHeight)}px` });
  };

  async function translate() {
    const { currentUser } = await client.get("currentUser");
    const locale = (currentUser.locale ?? "en").split("-")[0];
    for (const language of [locale, "en"]) {
      const answer = await fetch(`words-${language}.json`).catch(() => null);
      if (answer?.ok) {
        words = await answer.json();
        return;
      }
    }
  }

  async function ask(what, issue) {
    const [{ settings }, got] = await Promise.all([client.metadata(), client.get(["ticket.id", "currentUser"])]);
    const { id, name } = got.currentUser;
    return client.request({
      url: settings.address,
      type: "POST",
      contentType: "application/json",
      headers: { "errand-app-secret": "{{setting.secret}}" },
      data: JSON.stringify({ ticket: got["ticket.id"], what, issue, agent: { id, name } }),
      dataType: "json",
      secure: true,
      cors: false,
    });
  }

  function row(issue, what) {
    const button = element("button", { type: "button", textContent: say(what) });
    button.addEventListener("click", () => {
      button.disabled = true;
      run(what, issue.id);
    });
    // A link may lead nowhere but to a page.
    const href = /^https?:\/\//.test(issue.url) ? issue.url : "#";
    const status = element("span", { className: issue.status, textContent: say(`status_${issue.status}`) });
    const when = new Date(issue.lastSeen).toLocaleString();
    return element(
      "li",
      {},
      element("a", { href, target: "_blank", rel: "noopener noreferrer", textContent: issue.shortId }),
      button,
      element("span", { className: "title", textContent: issue.title }),
      element("span", { className: "facts" }, status, ` · ${say("users", { users: issue.users })} · ${say("last_seen", { when })}`),
    );
  }

  function list(title, issues, what, none) {
    const heading = element("h2", { textContent: title });
    if (issues.length === 0) {
      return [heading, element("p", { textContent: none })];
    }
    return [heading, element("ul", {}, ...issues.map((issue) => row(issue, what)))];
  }

  function byName() {
    const input = element("input", { placeholder: "SHOP-1A", required: true, maxLength: 100 });
    input.setAttribute("aria-label", say("by_name"));
    const form = element("form", {}, input, element("button", { textContent: say("link") }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run("link", input.value.trim());
    });
    return [element("h2", { textContent: say("by_name") }), form];
  }

  async function run(what, issue = "") {
    try {
      const told = await ask(what, issue);
      show(
        ...list(say("linked"), told.linked, "unlink", say("none_linked")),
        ...list(say("recent", { days: told.days }), told.recent, "link", say("none_recent")),
        ...byName(),
      );
    } catch (error) {
      const why = error?.responseJSON?.detail ?? error?.statusText ?? error?.message ?? "?";
      const again = element("button", { type: "button", textContent: say("again") });
      again.addEventListener("click", () => run("show"));
      show(element("p", { textContent: say("failed", { why }) }), again);
    }
  }

  client.on("app.registered", async () => {
    await translate();
    show(element("p", { textContent: say("loading") }));
    await run("show");
  });
})();
