import { byId } from '../shared/element.js';

/**
 * What to ask for: the two choices under "Options". They show how the selected photo was asked, and what somebody
 * chooses there also counts for the photos that come later.
 *
 * @typedef {import('./api.js').Options} Options
 */

/** @type {Options} */
let chosen = { top_k: 5, fit: 'crop', explain: true };

/** @returns {Options} for a new photo */
export const options = () => chosen;

/** @param {import('./visit.js').Photo} photo */
export function showOptions(photo) {
  byId('option-fit').value = photo.options.fit;
  byId('option-top-k').value = String(photo.options.top_k);
  for (const select of [byId('option-fit'), byId('option-top-k')]) {
    select.disabled = !photo.file;
    // Only while it is true: screen readers read a description that is hidden, too.
    if (photo.file) select.removeAttribute('aria-describedby');
    else select.setAttribute('aria-describedby', 'options-hint');
  }
  byId('options-hint').hidden = Boolean(photo.file);
}

/** @param {(change: Partial<Options>) => void} onChoice */
export function watchOptions(onChoice) {
  const choose = (/** @type {Partial<Options>} */ change) => {
    chosen = { ...chosen, ...change };
    onChoice(change);
  };
  byId('option-fit').addEventListener('change', (event) => choose({ fit: event.target.value }));
  byId('option-top-k').addEventListener('change', (event) => choose({ top_k: Number(event.target.value) }));
}
