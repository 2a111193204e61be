import { element, icon } from '../shared/element.js';
import { count, moment } from './numbers.js';
import { nameOf, shortFault } from './outcomes.js';
import { UNFILTERED } from './view.js';

/**
 * What the list of activations is narrowed to, each with a way out of it; and the most wanted filters.
 *
 * @typedef {import('./view.js').View} View
 * @typedef {import('./view.js').Field} Field
 * @typedef {import('./tiles.js').Link} Link
 */

/** @type {Partial<Record<Field, (value: string, bucketSeconds: number) => string>>} */
const WORDS = {
  action: (name) => name.split('/').pop(),
  outcome: (outcome) => (outcome === 'failure' ? 'errors' : (nameOf(/** @type {any} */ (outcome)) ?? outcome)),
  fault: (fault) => (fault === 'caller' || fault === 'service' ? shortFault(fault) : fault),
  code: (code) => code,
  status: (status) => `HTTP ${status}`,
  start: (start) => `${start} starts`,
  label: (label) => label,
  tenth: (place) => `${Number(place) * 10}–${Number(place) * 10 + 10} %`,
  bucket: (start, seconds) =>
    `${moment(start)} – ${moment(new Date(Date.parse(start) + seconds * 1000).toISOString())}`,
};

/** @param {HTMLElement} list @param {View} view @param {number} bucketSeconds @param {Link} link */
export function fillChips(list, view, bucketSeconds, link) {
  const set = Object.entries(WORDS).filter(([name]) => view[name]);
  const chips = set.map(([name, words]) => chip(words(view[name], bucketSeconds), link({ [name]: null })));
  const all = element('a', { href: link({ ...UNFILTERED, action: null }) }, 'Show all');
  list.replaceChildren(...chips, ...(chips.length > 1 ? [element('li', {}, all)] : []));
}

/** @param {string} text @param {string} without the link to the view without it */
function chip(text, without) {
  const remove = element('span', { class: 'visually-hidden' }, ' – remove this filter');
  return element('li', {}, element('a', { class: 'chip', href: without }, text, remove, icon('close')));
}

/**
 * @param {HTMLElement} place @param {View} view @param {Link} link
 * @param {import('./statistics-api.js').Call[]} calls all that are listed
 */
export function fillQuickFilters(place, view, link, calls) {
  const failed = calls.filter(({ outcome }) => outcome !== 'success').length;
  const cold = calls.filter((call) => call.cold).length;
  /** @type {[string, import('./view.js').Changes, boolean][]} */
  const filters = [
    [`All ${count(calls.length)}`, {}, !view.outcome && !view.start],
    [`Errors ${count(failed)}`, { outcome: 'failure' }, view.outcome === 'failure'],
    [`Cold ${count(cold)}`, { start: 'cold' }, view.start === 'cold'],
  ];
  place.replaceChildren(
    ...filters.map(([text, only, current]) =>
      element('a', { href: link({ ...UNFILTERED, action: null, ...only }), 'aria-current': current && 'true' }, text),
    ),
  );
}
