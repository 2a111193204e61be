// The theme that the visitor chose, or the system's, before the first paint: a dark page would flash white otherwise.
// A classic script, because modules run after the first paint; so it cannot import storage.js. theme-toggle.js does the rest.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('theme');
  } catch {
    // storage can be switched off
  }
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.dataset.bsTheme = chosen === 'light' || chosen === 'dark' ? chosen : system;
})();
