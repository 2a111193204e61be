import { element, icon } from '../shared/element.js';
import { percent } from '../shared/words.js';
import { count, counted, moment, ms, spanBefore } from './numbers.js';

/**
 * One line: whether the classifier is healthy, and why.
 *
 * @typedef {import('./statistics-api.js').Statistics} Statistics
 * @typedef {import('./statistics-api.js').Action} Action
 */

const NAMES = { healthy: 'Healthy', degraded: 'Degraded', failing: 'Failing' };

/** @param {HTMLElement} place @param {Statistics} statistics @param {import('./tiles.js').Link} link */
export function fillVerdict(place, statistics, link) {
  const { verdict } = statistics;
  if (!verdict) return;
  const action = statistics.actions.find(({ name }) => name === verdict.action);
  const whole = (/** @type {import('./view.js').Changes} */ changes) => link({ action: action.name, ...changes });

  place.dataset.state = verdict.state;
  place.replaceChildren(
    verdict.state === 'healthy' ? icon('check') : icon('warning'),
    element(
      'p',
      {},
      element('strong', {}, `${NAMES[verdict.state]}. `),
      ...errors(action, whole),
      ' ',
      duration(statistics, action),
      ...records(statistics),
    ),
  );
}

/** @param {Action} action @param {import('./tiles.js').Link} link */
function errors({ activations, faults }, link) {
  const all = counted(activations, 'call');
  const refused = faults.caller
    ? ['; ', element('a', { href: link({ fault: 'caller' }) }, counted(faults.caller, 'request')), ' refused (4xx).']
    : ['.'];
  if (!faults.service) return [`No failure of the service in ${all}`, ...refused];
  const failed = `${count(faults.service)} of ${all}`;
  const shareText = ` failed, ${percent(faults.service / activations)}`;
  return [element('a', { href: link({ fault: 'service' }) }, failed), shareText, ...refused];
}

/** @param {Statistics} statistics @param {Action} action */
function duration({ window, verdict }, { duration_ms: now, before }) {
  if (now.p95 === null) return '';
  const past = before?.duration_ms.p95 ?? null;
  const slower = verdict.reasons.includes('slow') ? 'Slow: ' : '';
  const then = past === null ? '' : `, ${ms(past)} ${spanBefore(window.seconds)}`;
  return `${slower}p95 ${ms(now.p95)}${then}.`;
}

/** @param {Statistics} statistics */
function records({ coverage, verdict }) {
  const found = [];
  if (verdict.reasons.includes('lost-records'))
    found.push(` ${counted(coverage.lost_records, 'record')} missing: the numbers are incomplete.`);
  if (coverage.cut_by) found.push(` Judged by the time since ${moment(coverage.since)} only.`);
  return found;
}
