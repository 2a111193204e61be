import { element } from '../shared/element.js';

/** OpenWhisk's four outcomes, and whose fault a failure is, in words. */

export const OUTCOMES = /** @type {const} */ ([
  'success',
  'application_error',
  'action_developer_error',
  'whisk_internal_error',
]);

const NAMES = {
  success: 'Success',
  application_error: 'Application error',
  action_developer_error: 'Developer error',
  whisk_internal_error: 'Platform error',
};

const FAULTS = {
  caller: { short: '4xx', long: 'Refused: the request was at fault' },
  service: { short: '5xx, crashes', long: 'Failed: the service was at fault' },
};

/** @param {import('./statistics-api.js').Outcome} outcome */
export const nameOf = (outcome) => NAMES[outcome];

/** @param {'caller' | 'service'} fault */
export const shortFault = (fault) => FAULTS[fault].short;

/** @param {'caller' | 'service'} fault */
export const longFault = (fault) => FAULTS[fault].long;

/** @param {Pick<import('./statistics-api.js').Span, 'outcome' | 'error_code'>} span */
export function outcomeBadge(span) {
  const kind = span.outcome === 'success' ? 'success' : 'error';
  return element('span', { class: `outcome ${kind}` }, span.error_code ?? nameOf(span.outcome));
}
