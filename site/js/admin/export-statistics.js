/** The statistics as files. */

/** @type {Record<string, (action: import('./statistics-api.js').Action) => unknown>} */
const COLUMNS = {
  action: (action) => action.name,
  kind: (action) => action.kind,
  activations: (action) => action.activations,
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
  return Object.fromEntries(ranks.map((rank) => [`${name}_${rank}_ms`, (/** @type {import('./statistics-api.js').Action} */ action) => action[field][rank]]));
}

/** @param {import('./statistics-api.js').Statistics} statistics @returns {string} one line per action, RFC 4180 */
export function toCsv({ actions }) {
  const rows = actions.map((action) => Object.values(COLUMNS).map((value) => value(action)));
  return [Object.keys(COLUMNS), ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** @param {unknown} value */
function cell(value) {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param {import('./statistics-api.js').Statistics} statistics @returns {string} */
export const toJson = (statistics) => `${JSON.stringify(statistics, null, 2)}\n`;
