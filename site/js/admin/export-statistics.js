import { csv } from '../shared/export.js';

/**
 * The statistics as files. Their times are UTC, as in the API.
 *
 * @typedef {import('./statistics-api.js').Action} Action
 * @typedef {import('./statistics-api.js').Call} Call
 */

/** @type {Record<string, (action: Action) => unknown>} */
const OF_ACTION = {
  action: (action) => action.name,
  kind: (action) => action.kind,
  activations: (action) => action.activations,
  warm_ups: (action) => action.warm_ups,
  success: (action) => action.outcomes.success,
  application_error: (action) => action.outcomes.application_error,
  action_developer_error: (action) => action.outcomes.action_developer_error,
  whisk_internal_error: (action) => action.outcomes.whisk_internal_error,
  faults_of_callers: (action) => action.faults.caller,
  faults_of_the_service: (action) => action.faults.service,
  cold_starts: (action) => action.cold_starts.count,
  ...distribution('duration_ms'),
  ...distribution('wait_ms'),
  ...distribution('init_ms'),
  time_wait_total_ms: (action) => action.time_total_ms.wait,
  time_init_total_ms: (action) => action.time_total_ms.init,
  time_run_total_ms: (action) => action.time_total_ms.run,
  memory_mb: (action) => action.memory_mb,
  gb_seconds: (action) => action.gb_seconds,
  image_p50_bytes: (action) => action.image_bytes.p50,
  response_p50_bytes: (action) => action.response_bytes.p50,
  error_codes: (action) => action.error_codes.map(({ code, count }) => `${code}=${count}`).join(' '),
  http_statuses: (action) => action.http_statuses.map(({ status, count }) => `${status}=${count}`).join(' '),
};

/** @type {Record<string, (call: Call) => unknown>} */
const OF_CALL = {
  start: (call) => call.start,
  activation_id: (call) => call.activation_id,
  action: (call) => call.name,
  outcome: (call) => call.outcome,
  error_code: (call) => call.error_code,
  error_detail: (call) => call.error_detail,
  fault: (call) => call.fault,
  http_status: (call) => call.http_status,
  label: (call) => call.label,
  probability: (call) => call.probability,
  warm_up: (call) => call.warm_up,
  cold: (call) => call.cold,
  duration_ms: (call) => call.duration_ms,
  steps: (call) => call.steps.join(' '),
  cold_steps: (call) => call.cold_steps.join(' '),
};

/** @param {'duration_ms' | 'wait_ms' | 'init_ms'} field */
function distribution(field) {
  const name = field.replace('_ms', '');
  const ranks = /** @type {const} */ (['mean', 'p50', 'p95', 'p99', 'max']);
  return Object.fromEntries(
    ranks.map((rank) => [`${name}_${rank}_ms`, (/** @type {Action} */ action) => action[field][rank]]),
  );
}

/** @template Row @param {Record<string, (row: Row) => unknown>} columns @param {Row[]} rows */
const table = (columns, rows) =>
  csv([Object.keys(columns), ...rows.map((row) => Object.values(columns).map((value) => value(row) ?? ''))]);

/** @param {Action[]} actions @returns {string} one line per action */
export const actionsCsv = (actions) => table(OF_ACTION, actions);

/** @param {Call[]} calls @returns {string} one line per activation */
export const callsCsv = (calls) => table(OF_CALL, calls);

/** @param {import('./statistics-api.js').Statistics} statistics @returns {string} */
export const toJson = (statistics) => `${JSON.stringify(statistics, null, 2)}\n`;
