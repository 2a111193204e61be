import { failureOf } from '../shared/problem.js';
import { post } from './transport.js';

/**
 * The API of the classifier, as the schemas below actions/ describe it.
 *
 * @typedef {{top_k: number, fit: 'crop' | 'stretch' | 'pad', explain: boolean}} Options
 * @typedef {Options & {warm_up?: true}} Request the options of a photo; `warm_up` where nobody asked about one
 * @typedef {{rank: number, class_index: number, wnid: string, label: string, probability: number}} Prediction
 * @typedef {{left: number, top: number, width: number, height: number}} View fractions of the upright picture
 * @typedef {object} Reply
 * @property {Prediction[]} predictions most probable first
 * @property {number} other_probability of all classes that are not listed
 * @property {{name: string, version: string, weights: 'imagenet' | 'stand-in', sha256: string, runtime: string}} model
 * @property {string[]} [steps] in their order; none in a reply that an earlier version of this page has kept
 * @property {Record<string, number>} timings_ms by step
 * @property {string[]} cold the steps whose container served its first call
 * @property {View} view what the model saw
 * @property {Options} options as they were understood, defaults filled in
 * @property {{class_index: number, grid: number[][]}[]} [explanations] of the most probable predictions, in their order
 * @typedef {{reply: Reply, activationId: string | null, asked?: Options}} Classified
 */

/**
 * Classify one JPG.
 *
 * @param {string} apiUrl
 * @param {Blob} jpg
 * @param {Request} options
 * @param {Parameters<typeof post>[2]} [transport]
 * @returns {Promise<Classified>}
 * @throws {import('../shared/failure.js').Failure} everything but a valid reply, in words
 */
export async function classify(apiUrl, jpg, options, transport) {
  const query = new URLSearchParams(Object.entries(options).map(([key, value]) => [key, String(value)]));
  return read(await post(`${apiUrl}/classify?${query}`, jpg, transport));
}

/**
 * @param {import('./transport.js').Answer} answer
 * @returns {Classified}
 */
export function read(answer) {
  const body = parse(answer.text);
  if (answer.status === 200 && isReply(body)) return { reply: body, activationId: answer.activationId };
  throw failureOf(answer.status, body, answer.activationId);
}

/** @param {any} body @returns {body is Reply} */
function isReply(body) {
  const predictions = body?.predictions;
  return (
    Array.isArray(predictions) &&
    predictions.length > 0 &&
    predictions.every((one) => typeof one?.label === 'string' && typeof one?.probability === 'number') &&
    typeof body.other_probability === 'number' &&
    [body.model, body.view, body.options, body.timings_ms, body.cold].every(
      (part) => part !== null && typeof part === 'object',
    )
  );
}

/** @param {string} text @returns {unknown} null where it is no JSON */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
