import { Failure } from '../shared/failure.js';
import { failureOf } from '../shared/problem.js';

/**
 * `GET …/metrics`, as actions/statistics/schemas/statistics.schema.json and trace.schema.json describe its answers.
 *
 * @typedef {'success' | 'application_error' | 'action_developer_error' | 'whisk_internal_error'} Outcome
 * @typedef {{n: number, mean: number | null, p50: number | null, p95: number | null, p99: number | null, max: number | null}} Distribution
 * @typedef {Record<Outcome | 'cold' | 'warm' | 'duration_total_ms', number[]> & Record<'duration_p50_ms' | 'duration_p95_ms' | 'duration_p99_ms', (number | null)[]>} Timeline
 *
 * @typedef {object} Figures of one action, in one window
 * @property {number} activations without warm-ups, unless they are included
 * @property {Record<Outcome, number>} outcomes
 * @property {{caller: number, service: number}} faults whose fault the failures were
 * @property {number} success_ratio
 * @property {{count: number, n: number, ratio: number}} cold_starts
 * @property {Distribution} duration_ms
 *
 * @typedef {object} ActionDetails
 * @property {string} name package/action
 * @property {string} kind
 * @property {number} warm_ups those that only started the functions
 * @property {number} activations_per_minute
 * @property {Distribution} wait_ms
 * @property {Distribution} init_ms
 * @property {{wait: number, init: number, run: number}} time_total_ms
 * @property {number | null} memory_mb its limit
 * @property {number | null} gb_seconds
 * @property {{code: string, count: number}[]} error_codes
 * @property {{status: number, count: number}[]} http_statuses
 * @property {Distribution} image_bytes
 * @property {Distribution} response_bytes
 * @property {Timeline} timeline
 * @property {Figures | null} before of the window before; null where nothing is known of it
 *
 * @typedef {Figures & ActionDetails} Action
 *
 * @typedef {object} Call
 * @property {string} activation_id
 * @property {string} name
 * @property {string} start
 * @property {number} duration_ms
 * @property {boolean} cold
 * @property {Outcome} outcome
 * @property {'caller' | 'service' | null} fault
 * @property {string | null} error_code
 * @property {string | null} error_detail
 * @property {number | null} http_status
 * @property {string | null} label
 * @property {number | null} probability
 * @property {boolean} warm_up
 * @property {string[]} steps names of the actions that ran, in their order; a failure ended the last one
 * @property {string[]} cold_steps
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
 * @typedef {object} Statistics
 * @property {string} generated_at
 * @property {string} package
 * @property {'activations' | 'prometheus'} source
 * @property {{name: string, since: string, upto: string, seconds: number}} window
 * @property {{complete: boolean, cut_by: string | null, since: string, records_read: number, records_in_window: number | null,
 *   lost_records: number, skewed_records: number, replies_wanted: number, replies_read: number}} coverage
 * @property {{included: boolean, calls: number, gb_seconds: number}} warm_ups
 * @property {{state: 'healthy' | 'degraded' | 'failing', action: string, reasons: string[]} | null} verdict
 * @property {{gb_seconds: number, photos: number, gb_seconds_per_thousand_photos: number | null}} cost
 * @property {string} percentile_method
 * @property {{bucket_seconds: number, bucket_starts: string[]}} timeline
 * @property {Action[]} actions
 * @property {{label: string, count: number}[]} labels
 * @property {{n: number, bins: {from: number, to: number, count: number}[]}} confidence
 * @property {{weights: string, count: number}[]} weights
 * @property {{calls: number, listed: number, failures: number, failures_listed: number}} listing
 * @property {Call[]} calls newest first
 *
 * @typedef {object} Trace
 * @property {Span & Omit<Call, 'steps' | 'cold_steps'> & {cause: string | null, components: Span[]}} activation
 * @property {{activation_id: string, lines: string[]}[]} logs
 * @property {string[]} missing
 */

const TIMEOUT_MS = 75_000; // the gateway gives up after 70 s

/**
 * The page reads its numbers through this action, whose calls are no use of the classifier.
 * @param {{name: string}} action
 */
export const isOwn = ({ name }) => name.endsWith('/statistics');

/** @param {string} apiUrl @param {string} token @param {Record<string, string>} query @returns {Promise<Statistics>} */
export async function readStatistics(apiUrl, token, query) {
  const answer = await get(apiUrl, query, token);
  if (Array.isArray(answer?.actions) && Array.isArray(answer?.calls)) return answer;
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
