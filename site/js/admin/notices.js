import { element, icon } from '../shared/element.js';
import { count, moment } from './numbers.js';

/**
 * What a reader of the numbers has to know about them.
 *
 * @param {import('./statistics-api.js').Statistics} statistics
 * @param {import('../shared/failure.js').Failure | null} failure why they are not newer
 * @returns {HTMLElement[]}
 */
export function notices(statistics, failure) {
  const { coverage } = statistics;
  const found = [];
  if (failure)
    found.push(
      notice('stale', `These numbers are from ${moment(statistics.generated_at)}. ${failure.title}: ${failure.detail}`),
    );
  if (statistics.source === 'prometheus') {
    found.push(
      notice(
        'source',
        `Counts and times come from Prometheus and are interpolated. Labels, error codes, warm-ups and single activations come from the newest ${count(coverage.records_read)} records.`,
      ),
    );
  } else if (!coverage.complete) found.push(notice('cut', cutText(coverage)));
  if (coverage.replies_read < coverage.replies_wanted) {
    found.push(
      notice(
        'replies',
        `Labels, error codes and HTTP statuses are known of ${count(coverage.replies_read)} of ${count(coverage.replies_wanted)} activations.`,
      ),
    );
  }
  if (statistics.weights.some(({ weights }) => weights === 'stand-in')) {
    found.push(
      notice(
        'stand-in',
        'Stand-in weights made these labels. They were not trained on ImageNet; the labels say nothing about accuracy.',
      ),
    );
  }
  return found;
}

/** @param {import('./statistics-api.js').Statistics['coverage']} coverage */
function cutText({ cut_by: limit, records_read: read, records_in_window: all, since }) {
  const why = limit === 'time' ? 'Reading took too long' : 'There are more records than one reading takes';
  const part =
    all === null ? `the newest ${count(read)} records` : `the newest ${count(read)} of ${count(all)} records`;
  return `${why}: the numbers are of ${part}, since ${moment(since)}.`;
}

/** @param {string} kind @param {string} text */
function notice(kind, text) {
  const tone = kind === 'stale' ? 'banner-bad' : kind === 'source' ? '' : 'banner-warn';
  return element('p', { class: `banner ${tone}`, 'data-notice': kind }, icon('warning'), element('span', {}, text));
}
