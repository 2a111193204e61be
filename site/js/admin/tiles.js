import { element } from '../shared/element.js';
import { count, ms, share, size } from './numbers.js';
import { OUTCOMES, shortNameOf } from './outcomes.js';

/**
 * The numbers that matter most, of one action.
 *
 * @param {import('./statistics-api.js').Action} action
 * @returns {HTMLElement[]} groups of a description list
 */
export function tiles(action) {
  const { activations, outcomes, cold_starts: cold, duration_ms: duration } = action;
  const failed = activations - outcomes.success;
  return [
    tile(
      'activations',
      'Activations',
      count(activations),
      `${action.activations_per_minute.toLocaleString('en')}/min`,
      ...(action.warm_ups ? [`${count(action.warm_ups)} only to start the functions`] : []),
    ),
    tile(
      'success',
      'Success',
      share(action.success_ratio, activations),
      `${count(outcomes.success)} of ${count(activations)}`,
    ),
    tile(
      'errors',
      'Errors',
      count(failed),
      ...OUTCOMES.slice(1).map((outcome) => errorCount(outcome, outcomes[outcome])),
    ),
    tile('cold', 'Cold starts', share(cold.ratio, cold.n), `${count(cold.count)} of ${count(cold.n)}`),
    tile('p50', 'Duration p50', ms(duration.p50), `mean ${ms(duration.mean)}`),
    tile('p95', 'Duration p95', ms(duration.p95), `wait p95 ${ms(action.wait_ms.p95)}`),
    tile('p99', 'Duration p99', ms(duration.p99), `longest ${ms(duration.max)}`),
    tile(
      'payload',
      'Photo p50',
      size(action.image_bytes.p50),
      `largest ${size(action.image_bytes.max)}`,
      `reply p95 ${size(action.response_bytes.p95)}`,
    ),
  ];
}

/** @param {string} id @param {string} name @param {string} value @param {...(string | Node)} notes */
function tile(id, name, value, ...notes) {
  return element(
    'div',
    { class: 'panel tile', 'data-tile': id },
    element('dt', { class: 'quiet' }, name),
    element('dd', { class: 'tile-value numeric' }, value),
    element(
      'dd',
      { class: 'tile-note quiet numeric' },
      ...notes.map((note) => (typeof note === 'string' ? element('span', {}, note) : note)),
    ),
  );
}

/** @param {import('./statistics-api.js').Outcome} outcome @param {number} number */
function errorCount(outcome, number) {
  return element(
    'span',
    { class: `dot ${outcome}`, 'data-outcome': outcome },
    `${count(number)} ${shortNameOf(outcome)}`,
  );
}
