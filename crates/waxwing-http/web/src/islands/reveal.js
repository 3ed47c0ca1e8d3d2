// A password field that can be shown while it is typed (NIST SP 800-63B-4 §3.1.1.2), and is hidden again before it is
// sent, so that no browser keeps it among the words of ordinary fields.

export function startReveal(field) {
  const label = document.querySelector(`label[for="${CSS.escape(field.id)}"]`)?.textContent ?? "password";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button slim bare reveal";
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    field.spellcheck = false;
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", `${button.textContent}: ${label}`);
  };
  show(false);
  button.addEventListener("click", () => show(field.type === "password"));
  field.form?.addEventListener("submit", () => show(false));
  field.after(button);
}
