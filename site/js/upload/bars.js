import { element } from '../shared/element.js';
import { percent } from '../shared/words.js';

/**
 * Labels as bars, and what is left for all other classes.
 *
 * @param {{label: string, probability: number}[]} predictions
 * @param {number} other probability of the classes that are not listed
 * @param {number} [classes] how many classes the model knows
 * @returns {HTMLLIElement[]} items of an ordered list
 */
export function bars(predictions, other, classes = 1000) {
  const rest = bar(`${classes - predictions.length} other classes together`, other);
  rest.classList.add('bar-other');
  return [...predictions.map(({ label, probability }) => bar(label, probability)), rest];
}

/** @param {string} label @param {number} probability */
function bar(label, probability) {
  const fill = element('div', { class: 'bar-fill' });
  fill.style.width = `${probability * 100}%`;
  const text = element(
    'div',
    { class: 'bar-text' },
    element('span', { class: 'bar-label' }, label),
    ' ',
    element('span', { class: 'numeric' }, percent(probability)),
  );
  return element('li', { class: 'bar' }, text, element('div', { class: 'bar-track', 'aria-hidden': 'true' }, fill));
}
