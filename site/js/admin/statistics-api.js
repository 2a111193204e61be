import { Failure } from '../shared/failure.js';
import { failureOf } from '../shared/problem.js';

/**
 * `GET …/metrics`, as actions/statistics/schemas/statistics.schema.json and trace.schema.json describe its answers.
 *
 * @typedef {'success' | 'application_error' | 'action_developer_error' | 'whisk_internal_error'} Outcome
 * @typedef {{n: number, mean: number | null, p50: number | null, p95: number | null, p99: number | null, max: number | null}} Distribution
 * @typedef {Record<Outcome | 'cold' | 'warm', number[]> & Record<'duration_p50_ms' | 'duration_p95_ms' | 'duration_p99_ms', (number | null)[]>} Timeline
 *
 * @typedef {object} Action
 * @property {string} name package/action
 * @property {string} kind
 * @property {number} activations
 * @property {number} warm_ups those that only started the functions
 * @property {Record<Outcome, number>} outcomes
 * @property {number} success_ratio
 * @property {number} activations_per_minute
 * @property {{count: number, n: number, ratio: number}} cold_starts
 * @property {Distribution} duration_ms
 * @property {Distribution} wait_ms
 * @property {Distribution} init_ms
 * @property {{wait: number, init: number, run: number}} time_total_ms
 * @property {{code: string, count: number}[]} error_codes
 * @property {{status: number, count: number}[]} http_statuses
 * @property {Distribution} image_bytes
 * @property {Distribution} response_bytes
 * @property {Timeline} timeline
 *
 * @typedef {object} Span
 * @property {string} activation_id
 * @property {string} name
 * @property {string} start
 * @property {number} offset_ms
 * @property {number} duration_ms
 * @property {number | null} wait_ms
 * @property {number | null} init_ms
 * @property {number} run_ms
 * @property {boolean} cold
 * @property {Outcome} outcome
 * @property {string | null} error_code
 *
 * @typedef {Span & {http_status: number | null, error_detail: string | null, label: string | null, probability: number | null, warm_up: boolean, components: Span[]}} Call
 *
 * @typedef {object} Statistics
 * @property {string} generated_at
 * @property {string} package
 * @property {'activations' | 'prometheus'} source
 * @property {{name: string, since: string, upto: string, seconds: number}} window
 * @property {{complete: boolean, cut_by: string | null, since: string, records_read: number, records_in_window: number | null,
 *   skewed_records: number, replies_wanted: number, replies_read: number}} coverage
 * @property {string} percentile_method
 * @property {{bucket_seconds: number, bucket_starts: string[]}} timeline
 * @property {Action[]} actions
 * @property {{label: string, count: number}[]} labels
 * @property {{n: number, bins: {from: number, to: number, count: number}[]}} confidence
 * @property {{weights: string, count: number}[]} weights
 * @property {Call[]} recent
 * @property {Call[]} slowest
 *
 * @typedef {{activation: Call, logs: {activation_id: string, lines: string[]}[], missing: string[]}} Trace
 */

const TIMEOUT_MS = 75_000; // the gateway gives up after 70 s

/**
 * The page reads its numbers through this action, whose calls are no use of the classifier.
 * @param {{name: string}} action
 */
export const isOwn = ({ name }) => name.endsWith('/statistics');

/** @param {string} apiUrl @param {string} token @param {string} window @returns {Promise<Statistics>} */
export async function readStatistics(apiUrl, token, window) {
  const answer = await get(apiUrl, { window }, token);
  if (Array.isArray(answer?.actions) && Array.isArray(answer?.recent)) return answer;
  throw failureOf(200, answer);
}

/** @param {string} apiUrl @param {string} token @param {string} activation its id @returns {Promise<Trace>} */
export async function readTrace(apiUrl, token, activation) {
  const answer = await get(apiUrl, { activation }, token);
  if (answer?.activation && Array.isArray(answer?.logs)) return answer;
  throw failureOf(200, answer);
}

/** @param {string} apiUrl @param {Record<string, string>} query @param {string} token @returns {Promise<any>} */
async function get(apiUrl, query, token) {
  const reply = await fetchOrFail(`${apiUrl}/metrics?${new URLSearchParams(query)}`, token);
  const body = await reply.json().catch(() => null);
  if (reply.status !== 200) throw failureOf(reply.status, body);
  return body;
}

/** @param {string} url @param {string} token */
async function fetchOrFail(url, token) {
  if (/[^\x20-\xff]/.test(token)) {
    throw new Failure('This token cannot be sent', 'It has letters that an HTTP header cannot carry.', {
      code: 'token',
    });
  }
  try {
    const headers = { Authorization: `Bearer ${token}` };
    return await fetch(url, { headers, cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    const detail = navigator.onLine ? 'The connection failed, or the service is busy.' : 'You are offline.';
    throw new Failure('The statistics cannot be reached', detail, { code: 'unreachable', cause });
  }
}
