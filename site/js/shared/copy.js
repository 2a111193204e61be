import { announce } from './announce.js';

const SHOWN_MS = 2000;

/**
 * Copy, and say so on the button for a moment.
 * @param {HTMLButtonElement} button with its words in a `<span>`
 * @param {string} text
 */
export async function copy(button, text) {
  const words = button.querySelector('span');
  button.dataset.words ??= words.textContent;
  try {
    await navigator.clipboard.writeText(text);
    words.textContent = 'Copied';
  } catch {
    words.textContent = 'Copying is not allowed here';
  }
  announce(words.textContent);
  setTimeout(() => {
    words.textContent = button.dataset.words;
  }, SHOWN_MS);
}
