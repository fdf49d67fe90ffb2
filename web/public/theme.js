// Runs before the first paint, so that a dark screen never flashes white. A file of its own because
// the content security policy forbids inline scripts.
(() => {
  const root = document.documentElement;
  let stored = {};
  try {
    stored = JSON.parse(localStorage.getItem("pitwatch.preferences") || "{}") || {};
  } catch {
    // Storage may be off or hold something else: the defaults are fine.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const system = dark ? "dark" : "light";
  root.dataset.theme = stored.theme === "dark" || stored.theme === "light" ? stored.theme : system;
  root.dataset.density = stored.density === "compact" ? "compact" : "comfortable";
})();
