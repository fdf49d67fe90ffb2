// The form that `Sentry.showReportDialog()` opens on somebody else's page. What it shows, it reads
// from its own address and puts in as text, so that nothing a page says becomes code or markup.
// Styles are set one by one because a page's content security policy may forbid style sheets.
(() => {
  "use strict";
  const address = new URL(document.currentScript.src);
  const said = (name, otherwise) => address.searchParams.get(name) || otherwise;

  const element = (name, properties, style, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    Object.assign(made.style, style);
    made.append(...children);
    return made;
  };
  const wide = { display: "block", boxSizing: "border-box", width: "100%", margin: "4px 0 12px", padding: "8px", font: "inherit" };
  const field = (kind, label, properties) => element("label", {}, { display: "block" }, label, element(kind, properties, wide));
  const button = (label, properties) =>
    element("button", { textContent: label, ...properties }, { margin: "0 8px 0 0", padding: "8px 16px", font: "inherit" });

  const problem = element("p", {}, { margin: "0 0 12px", color: "#b00020" });
  problem.setAttribute("role", "alert");
  const close = button(said("labelClose", "Close"), { type: "button", onclick: () => dialog.close() });
  const submit = button(said("labelSubmit", "Send report"), { type: "submit" });
  const form = element(
    "form",
    {},
    { margin: "0" },
    field("input", said("labelName", "Name"), { name: "name", value: said("name", ""), autocomplete: "name", maxLength: 128 }),
    field("input", said("labelEmail", "E-mail"), { name: "email", value: said("email", ""), type: "email", maxLength: 254 }),
    field("textarea", said("labelComments", "What happened?"), { name: "comments", rows: 5, required: true, maxLength: 4096 }),
    problem,
    submit,
    close,
  );
  const title = element("h2", { textContent: said("title", "Something went wrong.") }, { margin: "0 0 8px", fontSize: "20px" });
  const told = `${said("subtitle", "We have been told.")} ${said("subtitle2", "You can help by saying what happened.")}`;
  const dialog = element(
    "dialog",
    { ariaLabel: title.textContent },
    { width: "min(480px, 90vw)", padding: "24px", border: "1px solid #888", borderRadius: "8px", font: "16px/1.4 system-ui, sans-serif" },
    title,
    element("p", { textContent: told }, { margin: "0 0 16px" }),
    form,
  );

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    submit.disabled = true;
    const target = new URL(address.pathname, address);
    for (const name of ["dsn", "eventId"]) target.searchParams.set(name, said(name, ""));
    let status = 0;
    try {
      const body = new URLSearchParams(new FormData(form));
      status = (await fetch(target, { method: "POST", body, credentials: "omit" })).status;
    } catch {
      // No network, or the page's policy forbids it: told like any other failure.
    }
    submit.disabled = false;
    if (status === 200) {
      const thanks = element("p", { textContent: said("successMessage", "Your report was sent. Thank you!") }, {});
      thanks.setAttribute("role", "status");
      form.replaceChildren(thanks, close);
      close.focus();
    } else if (status === 400) {
      problem.textContent = said("errorFormEntry", "Some fields are not filled in as they should be.");
    } else {
      problem.textContent = said("errorGeneric", "The report could not be sent. Please try again.");
    }
  });
  // What `onClose` of the SDK waits for.
  dialog.addEventListener("close", () => {
    dialog.remove();
    window.postMessage("__sentry_reportdialog_closed__", "*");
  });
  document.body.append(dialog);
  dialog.showModal();
})();
