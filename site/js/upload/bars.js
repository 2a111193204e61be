import { element } from '../shared/element.js';
import { chance } from '../shared/words.js';

/** Labels as bars, and what is left for all other classes. */

/** @typedef {{label: string, probability: number, class_index?: number}} Bar */

/**
 * @param {HTMLElement} list an ordered list; its bars stay where they show the same already, and so does the focus
 * @param {Bar[]} predictions
 * @param {number} other probability of the classes that are not listed
 * @param {{chosen?: number, onChoose?: (classIndex: number) => void, classes?: number}} [choice] `chosen`: the class index of
 *   the bar that is pressed; without `onChoose` bars cannot be chosen; `classes`: how many the model knows
 */
export function showBars(list, predictions, other, { chosen, onChoose, classes = 1000 } = {}) {
  const shown = JSON.stringify([predictions, other]);
  if (list.dataset.shown !== shown) {
    const rest = bar({ label: `${classes - predictions.length} other classes together`, probability: other });
    rest.classList.add('bar-other');
    list.replaceChildren(...predictions.map((prediction) => bar(prediction, onChoose)), rest);
    list.dataset.shown = shown;
  }
  for (const button of list.querySelectorAll('button')) {
    button.setAttribute('aria-pressed', String(button.dataset.classIndex === String(chosen)));
  }
}

/** @param {Bar} prediction @param {(classIndex: number) => void} [onChoose] */
function bar({ label, probability, class_index: classIndex }, onChoose) {
  const fill = element('span', { class: 'bar-fill' });
  fill.style.width = `${probability * 100}%`;
  const parts = [
    element(
      'span',
      { class: 'bar-text' },
      element('span', { class: 'bar-label' }, label),
      ' ',
      element('span', { class: 'numeric' }, chance(probability)),
    ),
    element('span', { class: 'bar-track', 'aria-hidden': 'true' }, fill),
  ];
  if (!onChoose) return element('li', { class: 'bar' }, ...parts);
  const choose = { type: 'button', 'data-class-index': classIndex, onclick: () => onChoose(classIndex) };
  return element('li', { class: 'bar' }, element('button', choose, ...parts));
}
