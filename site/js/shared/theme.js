// Light, dark, or what the system says. A classic script in <head>, not a module: it must run before the first paint,
// or a dark page would flash white. It wires every button with the attribute data-theme-toggle.
(() => {
  const KEY = 'theme';
  const dark = matchMedia('(prefers-color-scheme: dark)');

  /** @returns {'light' | 'dark' | null} what the visitor chose on an earlier visit */
  function stored() {
    try {
      const value = localStorage.getItem(KEY);
      return value === 'light' || value === 'dark' ? value : null;
    } catch {
      return null; // storage can be switched off
    }
  }

  /** @param {'light' | 'dark'} theme */
  function store(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // the choice then lasts for this page view
    }
  }

  /** @returns {'light' | 'dark'} */
  function shown() {
    return document.documentElement.dataset.bsTheme === 'dark' ? 'dark' : 'light';
  }

  /** @param {'light' | 'dark'} theme Charts and canvases redraw on the event `themechange` of the document. */
  function show(theme) {
    document.documentElement.dataset.bsTheme = theme;
    for (const button of document.querySelectorAll('[data-theme-toggle]')) {
      button.setAttribute('aria-pressed', String(theme === 'dark'));
    }
    document.dispatchEvent(new CustomEvent('themechange', { detail: theme }));
  }

  function toggle() {
    const theme = shown() === 'dark' ? 'light' : 'dark';
    store(theme);
    show(theme);
  }

  const current = () => stored() ?? (dark.matches ? 'dark' : 'light');
  show(current());
  dark.addEventListener('change', () => show(current()));
  document.addEventListener('DOMContentLoaded', () => {
    show(shown());
    for (const button of document.querySelectorAll('[data-theme-toggle]')) {
      button.addEventListener('click', toggle);
    }
  });
})();
