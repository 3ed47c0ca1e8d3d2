// The switch between light and dark.
export function startTheme(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const dark = getComputedStyle(document.documentElement).colorScheme.includes("dark");
    const next = dark ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    document.dispatchEvent(new CustomEvent("waxwing:theme"));
    try {
      localStorage.setItem("waxwing-theme", next);
    } catch {
      // Without storage the choice lasts for this page only.
    }
  });
}
