import { element } from '../shared/element.js';
import { count, counted, moment } from './numbers.js';
import { longFault } from './outcomes.js';

/**
 * What went wrong, by error code: the most frequent first.
 *
 * @typedef {import('./statistics-api.js').Call} Call
 * @typedef {import('./tiles.js').Link} Link
 */

/** @param {HTMLElement} list @param {import('./statistics-api.js').Statistics} statistics @param {Link} link */
export function fillFailures(list, { calls, listing }, link) {
  const failed = calls.filter(({ outcome }) => outcome !== 'success');
  const codes = new Set(failed.map(({ error_code: code }) => code));
  const groups = [...codes].map((code) => failed.filter(({ error_code: own }) => own === code));
  const rows = groups.toSorted((one, other) => other.length - one.length).map((group) => row(group, link));
  const rest = listing.failures - listing.failures_listed;
  const unlisted = rest > 0 ? [element('li', { class: 'quiet' }, `${counted(rest, 'older failure')} not listed.`)] : [];
  const none = element('li', { class: 'quiet' }, `None in ${counted(listing.calls, 'call')}.`);
  list.replaceChildren(...(rows.length ? [...rows, ...unlisted] : [none]));
}

/** @param {Call[]} group calls with the same code, newest first @param {Link} link */
function row(group, link) {
  const [newest] = group;
  const { error_code: code, fault, error_detail: detail, http_status: status } = newest;
  return element(
    'li',
    { class: 'failure', 'data-code': code },
    element(
      'a',
      { class: 'failure-code', href: link({ code }) },
      element('span', { class: 'failure-count numeric' }, count(group.length)),
      ' ',
      element('span', { class: 'outcome error' }, code),
      status === null ? '' : element('span', { class: 'quiet numeric' }, ` ${status}`),
    ),
    element('span', { class: 'failure-fault quiet small' }, longFault(fault)),
    element('span', { class: 'failure-detail small' }, detail ?? ''),
    element(
      'a',
      { class: 'failure-newest small numeric', href: link({ activation: newest.activation_id }) },
      `newest ${moment(newest.start)}`,
    ),
  );
}
