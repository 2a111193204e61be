/**
 * Which activations a view lists, and in which order.
 *
 * @typedef {import('./statistics-api.js').Call} Call
 * @typedef {import('./view.js').View} View
 * @typedef {Pick<Call, 'outcome' | 'fault' | 'error_code' | 'http_status' | 'cold'>} Facts
 */

const NOTHING_WRONG = /** @type {const} */ ({ outcome: 'success', fault: null, error_code: null, http_status: null });

/** @type {Record<string, (wanted: string, facts: Facts, call: Call, bucketMs: number) => boolean>} */
const TESTS = {
  outcome: (wanted, { outcome }) => (wanted === 'failure' ? outcome !== 'success' : outcome === wanted),
  fault: (wanted, { fault }) => fault === wanted,
  code: (wanted, { error_code: code }) => code === wanted,
  status: (wanted, { http_status: status }) => String(status) === wanted,
  start: (wanted, { cold }) => cold === (wanted === 'cold'),
  label: (wanted, _facts, { label }) => label === wanted,
  tenth: (wanted, _facts, { probability }) => probability !== null && String(tenth(probability)) === wanted,
  bucket: (wanted, _facts, { start }, bucketMs) => isWithin(Date.parse(start) - Date.parse(wanted), bucketMs),
};

/** @param {Call[]} calls newest first @param {View} view @param {number} bucketMs @returns {Call[]} */
export function listed(calls, view, bucketMs) {
  const found = calls.filter((call) => matches(call, view, bucketMs));
  return view.sort === 'duration' ? found.toSorted((one, other) => other.duration_ms - one.duration_ms) : found;
}

/** @param {Call} call @param {View} view @param {number} bucketMs */
function matches(call, view, bucketMs) {
  const facts = factsOf(call, view.action);
  if (!facts) return false;
  return Object.entries(TESTS).every(([name, test]) => !view[name] || test(view[name], facts, call, bucketMs));
}

/**
 * What is true of `action` in this call; null where it had no part in it. The step that fails ends its sequence.
 * @param {Call} call @param {string | undefined} action @returns {Facts | null}
 */
function factsOf(call, action) {
  if (!action || call.name === action) return call;
  if (!call.steps.includes(action)) return null;
  const cold = call.cold_steps.includes(action);
  return call.steps.at(-1) === action && call.outcome !== 'success' ? { ...call, cold } : { ...NOTHING_WRONG, cold };
}

/** @param {number} probability 0 to 1; 1 belongs to the last tenth */
const tenth = (probability) => Math.min(9, Math.floor(probability * 10));

/** @param {number} offset @param {number} length */
const isWithin = (offset, length) => offset >= 0 && offset < length;
