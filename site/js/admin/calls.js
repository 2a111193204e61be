import { element } from '../shared/element.js';
import { chance } from '../shared/words.js';
import { showActivation } from './activation.js';
import { moment, ms } from './numbers.js';
import { outcomeBadge } from './outcomes.js';

/**
 * The list of activations; each opens to its steps, its error and its logs.
 *
 * @typedef {import('./statistics-api.js').Call} Call
 * @typedef {object} Surroundings what the list needs of the page
 * @property {import('./activation.js').ReadTrace} readTrace
 * @property {import('./activation.js').Link} link
 * @property {(activationId: string | null) => void} looksAt told when an activation is opened, or the last opened one closed
 */

/** Bodies of what is open, by id: a refresh keeps them so. @type {Map<string, HTMLElement>} */
const opened = new Map();

/** @param {HTMLElement} list @param {Call[]} calls @param {Surroundings} page */
export function fillCalls(list, calls, page) {
  const focused = list.contains(document.activeElement)
    ? document.activeElement.closest('li')?.dataset.activation
    : null;
  list.replaceChildren(...calls.map((call) => item(call, page)));
  const again = focused && list.querySelector(`[data-activation="${focused}"] summary`);
  if (again) /** @type {HTMLElement} */ (again).focus();
}

export function closeCalls() {
  opened.clear();
}

/** @param {Call} call @param {Surroundings} page */
function item(call, { readTrace, link, looksAt }) {
  const id = call.activation_id;
  const body = opened.get(id) ?? element('div', { class: 'call-body' });
  const details = element('details', { open: opened.has(id) }, summary(call), body);
  details.addEventListener('toggle', () => {
    if (details.open === opened.has(id)) return; // it was drawn anew, not opened or closed
    looksAt(details.open ? id : null);
    if (!details.open) opened.delete(id);
    else {
      opened.set(id, body);
      showActivation(body, id, readTrace, link);
    }
  });
  return element('li', { 'data-activation': id }, details);
}

/** @param {Call} call */
function summary(call) {
  return element(
    'summary',
    {},
    element('span', { class: 'call-time numeric' }, moment(call.start)),
    element('span', { class: 'call-name' }, call.name.split('/').pop()),
    element(
      'span',
      { class: 'call-outcome' },
      outcomeBadge(call),
      call.http_status === null ? '' : element('span', { class: 'quiet numeric' }, ` ${call.http_status}`),
    ),
    element('span', { class: 'call-label' }, what(call)),
    element('span', { class: 'call-cold' }, call.cold ? element('span', { class: 'badge-cold' }, 'cold') : ''),
    element('span', { class: 'call-duration numeric' }, ms(call.duration_ms)),
  );
}

/** What came of the call. @param {Call} call */
function what({ label, probability, warm_up: isWarmUp, outcome, steps }) {
  if (isWarmUp) return 'warm-up';
  if (outcome !== 'success') return steps.length ? `failed in ${steps.at(-1).split('/').pop()}` : '';
  return label ? `${label} ${probability === null ? '' : chance(probability)}` : '';
}
