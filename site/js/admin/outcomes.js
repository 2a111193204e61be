import { element } from '../shared/element.js';

/** OpenWhisk's four outcomes, in words and colours (of css/admin.css). */

export const OUTCOMES = /** @type {const} */ ([
  'success',
  'application_error',
  'action_developer_error',
  'whisk_internal_error',
]);

const WORDS = {
  success: { name: 'Success', short: 'success' },
  application_error: { name: 'Application error', short: 'application' },
  action_developer_error: { name: 'Developer error', short: 'developer' },
  whisk_internal_error: { name: 'Platform error', short: 'platform' },
};

/** @param {import('./statistics-api.js').Outcome} outcome */
export const nameOf = (outcome) => WORDS[outcome].name;

/** @param {import('./statistics-api.js').Outcome} outcome */
export const shortNameOf = (outcome) => WORDS[outcome].short;

/** @param {string} outcome @returns {string} the name of its custom property */
export const colorOf = (outcome) => `--outcome-${outcome.replaceAll('_', '-')}`;

/** @param {import('./statistics-api.js').Span} span */
export function outcomeBadge(span) {
  return element('span', { class: `outcome ${span.outcome}` }, span.error_code ?? nameOf(span.outcome));
}
