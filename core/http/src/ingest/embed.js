(function () {
  "use strict";
  var texts = JSON.parse("{{TEXTS}}");
  var script = document.currentScript || document.querySelector('script[src*="/api/embed/error-page/"]');
  var endpoint = script.src;

  function element(name, styles, text) {
    var made = document.createElement(name);
    Object.assign(made.style, styles || {});
    if (text) made.textContent = text;
    return made;
  }

  var shade = element("div", {
    position: "fixed", inset: "0", zIndex: "2147483647", background: "rgba(20, 20, 30, .6)",
    display: "flex", alignItems: "center", justifyContent: "center", font: "16px/1.5 system-ui, sans-serif"
  });
  shade.setAttribute("role", "dialog");
  shade.setAttribute("aria-modal", "true");
  var form = element("form", {
    background: "#fff", color: "#1b1b22", padding: "24px", borderRadius: "8px", width: "min(480px, 90vw)"
  });
  form.appendChild(element("h2", { margin: "0 0 4px", fontSize: "20px" }, texts.title || "It looks like something broke."));
  form.appendChild(element("p", { margin: "0 0 16px" }, texts.subtitle || "If you would like to help, tell us what happened."));

  function field(name, label, kind, value) {
    var row = element("label", { display: "block", marginBottom: "12px" }, label);
    var styles = { display: "block", width: "100%", boxSizing: "border-box", padding: "8px", font: "inherit" };
    var input = element(kind === "textarea" ? "textarea" : "input", styles);
    if (kind !== "textarea") input.type = kind;
    input.name = name;
    input.required = true;
    input.value = value || "";
    row.appendChild(input);
    form.appendChild(row);
    return input;
  }
  var inputs = [
    field("name", "Name", "text", texts.name),
    field("email", "Email", "email", texts.email),
    field("comments", "What happened?", "textarea")
  ];

  var note = element("p", { margin: "0 0 12px", minHeight: "1.5em" });
  note.setAttribute("role", "status");
  var send = element("button", { padding: "8px 16px", font: "inherit" }, texts.labelSubmit || "Send report");
  send.type = "submit";
  var close = element("button", { padding: "8px 16px", font: "inherit", marginLeft: "8px" }, "Close");
  close.type = "button";

  function remove() {
    shade.remove();
    document.removeEventListener("keydown", onKey);
    if (window.sentryConfigDialog && window.sentryConfigDialog.onClose) window.sentryConfigDialog.onClose();
  }
  function onKey(event) {
    if (event.key === "Escape") remove();
  }
  close.addEventListener("click", remove);
  document.addEventListener("keydown", onKey);
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    send.disabled = true;
    var body = new URLSearchParams();
    inputs.forEach(function (input) { body.append(input.name, input.value); });
    fetch(endpoint, { method: "POST", body: body }).then(function (response) {
      if (!response.ok) throw new Error(String(response.status));
      note.textContent = texts.successMessage || "Your report has been sent. Thank you!";
      send.remove();
    }).catch(function () {
      note.textContent = "The report could not be sent. Please try again.";
      send.disabled = false;
    });
  });

  form.appendChild(note);
  form.appendChild(send);
  form.appendChild(close);
  shade.appendChild(form);
  document.body.appendChild(shade);
  inputs[0].focus();
})();
