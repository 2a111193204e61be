import { lasting } from './storage.js';

/** The button between light and dark. The system's theme counts until somebody presses it; theme.js sets the first one. */

const KEY = 'theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

/** Charts and canvases redraw on the event `themechange` of the document. @param {string} theme `light` or `dark` */
function show(theme) {
  document.documentElement.dataset.bsTheme = theme;
  for (const button of document.querySelectorAll('[data-theme-toggle]')) {
    button.setAttribute('aria-pressed', String(theme === 'dark'));
  }
  document.dispatchEvent(new CustomEvent('themechange', { detail: theme }));
}

function toggle() {
  const theme = document.documentElement.dataset.bsTheme === 'dark' ? 'light' : 'dark';
  lasting.write(KEY, theme);
  show(theme);
}

export function watchTheme() {
  show(document.documentElement.dataset.bsTheme ?? 'light');
  dark.addEventListener('change', () => lasting.read(KEY) ?? show(dark.matches ? 'dark' : 'light'));
  for (const button of document.querySelectorAll('[data-theme-toggle]')) button.addEventListener('click', toggle);
}
