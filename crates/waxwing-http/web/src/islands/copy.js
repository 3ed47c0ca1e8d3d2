// A button that copies: `data-copy="#id"` the text of an element, or `data-copy-text` its own.
export function startCopy(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  const label = button.getAttribute("aria-label") ?? button.textContent;
  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.copy);
    if (!source) return;
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    button.setAttribute("aria-label", "Copied");
    button.title = "Copied";
    button.classList.add("tone-good");
    setTimeout(() => {
      button.setAttribute("aria-label", label);
      button.title = label;
      button.classList.remove("tone-good");
    }, 2000);
  });
}
