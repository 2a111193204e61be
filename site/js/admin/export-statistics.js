import { csv } from '../shared/export.js';

/** The statistics as files. */

/** @type {Record<string, (action: import('./statistics-api.js').Action) => unknown>} */
const COLUMNS = {
  action: (action) => action.name,
  kind: (action) => action.kind,
  activations: (action) => action.activations,
  warm_ups: (action) => action.warm_ups,
  success: (action) => action.outcomes.success,
  application_error: (action) => action.outcomes.application_error,
  action_developer_error: (action) => action.outcomes.action_developer_error,
  whisk_internal_error: (action) => action.outcomes.whisk_internal_error,
  cold_starts: (action) => action.cold_starts.count,
  ...distribution('duration_ms'),
  ...distribution('wait_ms'),
  ...distribution('init_ms'),
  time_wait_total_ms: (action) => action.time_total_ms.wait,
  time_init_total_ms: (action) => action.time_total_ms.init,
  time_run_total_ms: (action) => action.time_total_ms.run,
  image_p50_bytes: (action) => action.image_bytes.p50,
  response_p50_bytes: (action) => action.response_bytes.p50,
  error_codes: (action) => action.error_codes.map(({ code, count }) => `${code}=${count}`).join(' '),
  http_statuses: (action) => action.http_statuses.map(({ status, count }) => `${status}=${count}`).join(' '),
};

/** @param {'duration_ms' | 'wait_ms' | 'init_ms'} field */
function distribution(field) {
  const name = field.replace('_ms', '');
  const ranks = /** @type {const} */ (['mean', 'p50', 'p95', 'p99', 'max']);
  return Object.fromEntries(
    ranks.map((rank) => [
      `${name}_${rank}_ms`,
      (/** @type {import('./statistics-api.js').Action} */ action) => action[field][rank],
    ]),
  );
}

/** @param {import('./statistics-api.js').Statistics} statistics @returns {string} one line per action */
export function toCsv({ actions }) {
  const rows = actions.map((action) => Object.values(COLUMNS).map((value) => value(action) ?? ''));
  return csv([Object.keys(COLUMNS), ...rows]);
}

/** @param {import('./statistics-api.js').Statistics} statistics @returns {string} */
export const toJson = (statistics) => `${JSON.stringify(statistics, null, 2)}\n`;
