import { byId } from './element.js';

/**
 * Tell screen readers, politely, through the page's one live region `#announcements`.
 * @param {string} text
 */
export function announce(text) {
  const region = byId('announcements');
  region.textContent = '';
  // A region whose text is set twice to the same words is read once: it has to be seen empty in between.
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}
