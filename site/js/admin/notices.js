import { element, icon } from '../shared/element.js';
import { count, counted, moment } from './numbers.js';

/**
 * What a reader of the numbers has to know about them.
 *
 * @typedef {import('./statistics-api.js').Statistics} Statistics
 */

/**
 * @param {Statistics} statistics
 * @param {import('../shared/failure.js').Failure | null} failure why they are not newer
 * @returns {HTMLElement[]}
 */
export function notices(statistics, failure) {
  const stale =
    failure && `These numbers are from ${moment(statistics.generated_at)}. ${failure.title}: ${failure.detail}`;
  /** @type {[string, string | null | false][]} */
  const found = [
    ['stale', stale],
    ['source', statistics.source === 'prometheus' && sourceText(statistics)],
    ['cut', statistics.source === 'activations' && statistics.coverage.cut_by && cutText(statistics.coverage)],
    ['lost', statistics.coverage.lost_records > 0 && lostText(statistics.coverage)],
    ['replies', repliesText(statistics.coverage)],
    ['stand-in', statistics.weights.some(({ weights }) => weights === 'stand-in') && STAND_IN],
  ];
  return found.flatMap(([kind, text]) => (text ? [notice(kind, text)] : []));
}

const STAND_IN =
  'Stand-in weights made these labels. They were not trained on ImageNet; the labels say nothing about accuracy.';

/** @param {Statistics} statistics */
const sourceText = ({ coverage }) =>
  `Counts and times come from Prometheus: they are interpolated, and warm-ups are among them. Labels, error codes and single activations come from the newest ${count(coverage.records_read)} records.`;

/** @param {Statistics['coverage']} coverage */
function cutText({ cut_by: limit, records_read: read, records_in_window: all, since }) {
  const why = limit === 'time' ? 'Reading took too long' : 'There are more records than one reading takes';
  const part =
    all === null ? `the newest ${count(read)} records` : `the newest ${count(read)} of ${count(all)} records`;
  return `${why}: the numbers are of ${part}, since ${moment(since)}. A shorter time is read completely.`;
}

/** @param {Statistics['coverage']} coverage */
const lostText = ({ lost_records: lost }) =>
  `${counted(lost, 'record')} of this time ${lost === 1 ? 'is' : 'are'} missing, because the platform could not keep ${lost === 1 ? 'it' : 'them'}. The numbers are incomplete.`;

/** @param {Statistics['coverage']} coverage */
function repliesText({ replies_read: read, replies_wanted: wanted }) {
  if (read >= wanted) return null;
  return `Labels, error codes and HTTP statuses are known of ${count(read)} of ${count(wanted)} activations.`;
}

/** @param {string} kind @param {string} text */
function notice(kind, text) {
  const tone = kind === 'stale' ? 'banner-bad' : kind === 'source' ? '' : 'banner-warn';
  return element('p', { class: `banner ${tone}`, 'data-notice': kind }, icon('warning'), element('span', {}, text));
}
