// Sets the theme before the first paint: the person's choice, or else the system's.
const chosen = (() => {
  try {
    return localStorage.getItem("waxwing-theme");
  } catch {
    // Storage may be switched off; the system decides then.
    return null;
  }
})();
if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
