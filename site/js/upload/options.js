import { byId } from '../shared/element.js';

/**
 * The two choices above the labels. How the photo is made square is asked of the classifier, for each photo, and also counts
 * for those that come later. How many labels are listed is only a matter of this page: it asks for the most at once.
 *
 * @typedef {import('./api.js').Options} Options
 * @typedef {import('./api.js').Reply} Reply
 */

const MOST_LABELS = 20;

/** @type {Options} */
let wanted = { top_k: MOST_LABELS, fit: 'crop', explain: true };
let count = 5;

/** @returns {Options} for a new photo */
export const options = () => wanted;

/** What somebody would ask for to get what is listed. @param {Options} asked @returns {Options} */
export const listedOptions = ({ fit, explain }) => ({ top_k: count, fit, explain });

/** @param {Reply} reply @returns {{predictions: import('./api.js').Prediction[], other: number}} as many as are wanted, and the rest */
export function listed({ predictions, other_probability: other }) {
  const rest = predictions.slice(count).reduce((sum, { probability }) => sum + probability, other);
  return { predictions: predictions.slice(0, count), other: rest };
}

/** @param {import('./visit.js').Photo} photo */
export function showOptions(photo) {
  const select = byId('option-fit');
  select.value = photo.options.fit;
  select.disabled = !photo.file;
  // Only while the hint is shown: screen readers read a hidden description, too.
  if (photo.file) select.removeAttribute('aria-describedby');
  else select.setAttribute('aria-describedby', 'options-hint');
  byId('options-hint').hidden = Boolean(photo.file);
  byId('option-top-k').value = String(count);
}

/** @param {{onFit: (fit: Options['fit']) => void, onCount: () => void}} receiver */
export function watchOptions({ onFit, onCount }) {
  byId('option-fit').addEventListener('change', (/** @type {any} */ event) => {
    wanted = { ...wanted, fit: event.target.value };
    onFit(wanted.fit);
  });
  byId('option-top-k').addEventListener('change', (/** @type {any} */ event) => {
    count = Number(event.target.value);
    onCount();
  });
}
