import { Failure } from '../shared/failure.js';
import { postJson } from './transport.js';

/**
 * The API of the classifier, as actions/contracts/*.schema.json describe it.
 *
 * @typedef {{top_k: number, fit: 'crop' | 'stretch' | 'pad', explain: boolean}} Options
 * @typedef {Options & {warm_up?: true}} Request the options of a photo; `warm_up` where nobody asked about one
 * @typedef {{rank: number, class_index: number, wnid: string, label: string, probability: number}} Prediction
 * @typedef {{left: number, top: number, width: number, height: number}} View fractions of the upright picture
 * @typedef {object} Reply
 * @property {Prediction[]} predictions most probable first
 * @property {number} other_probability of all classes that are not listed
 * @property {{name: string, version: string, weights: 'imagenet' | 'stand-in', sha256: string, runtime: string}} model
 * @property {Record<string, number>} timings_ms by step
 * @property {string[]} cold the steps whose container served its first call
 * @property {View} view what the model saw
 * @property {Options} options as they were understood, defaults filled in
 * @property {{class_index: number, grid: number[][]}} [explanation]
 * @typedef {{reply: Reply, activationId: string | null}} Classified
 */

const PROBLEM = 'urn:classifier:problem:';

/**
 * Classify one JPG.
 *
 * @param {string} apiUrl
 * @param {Blob} jpg
 * @param {Request} options
 * @param {Parameters<typeof postJson>[2]} [transport]
 * @returns {Promise<Classified>}
 * @throws {Failure} everything but a valid reply, in words
 */
export async function classify(apiUrl, jpg, options, transport) {
  const body = JSON.stringify({ image: await base64(jpg), ...options });
  return read(await postJson(`${apiUrl}/classify`, body, transport));
}

/**
 * @param {import('./transport.js').Answer} answer
 * @returns {Classified}
 */
export function read(answer) {
  const body = parse(answer.text);
  if (answer.status === 200 && isReply(body)) return { reply: body, activationId: answer.activationId };
  throw failureOf(answer.status, body);
}

/**
 * Only a problem document is the classifier speaking. On OpenWhisk any other 4xx or 5xx, even a 400, means that the
 * function crashed, ran out of time or was not let in, and 202 that it is still running (docs/webactions.md, WebActions.scala).
 *
 * @param {number} status
 * @param {any} body
 */
function failureOf(status, body) {
  if (isProblem(body)) return new Failure(body.title, body.detail, { code: body.code, lasting: status < 500 });
  if (status === 202) {
    return new Failure('The functions are still starting', 'That took longer than a minute. Please try again.', {
      code: 'starting',
      retryable: true,
    });
  }
  if (status === 429) {
    return new Failure('Too many requests', 'The service is busy. Please try again in a minute.', {
      code: 'busy',
      retryable: true,
    });
  }
  if (status === 413) {
    return new Failure('The platform refused the photo', 'It has too many bytes. Please send a smaller one.', {
      code: 'payload-too-large',
      lasting: true,
    });
  }
  if (status === 404) {
    return new Failure('There is no classifier here', 'The address in config.json leads nowhere (HTTP 404).', {
      code: 'not-found',
    });
  }
  const detail = `The platform stopped it (HTTP ${status}). This is not about your photo. Please try again.`;
  return new Failure('The function did not finish', detail, { code: 'stopped', retryable: true });
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

/** @param {any} body */
function isProblem(body) {
  return (
    typeof body?.type === 'string' &&
    body.type.startsWith(PROBLEM) &&
    typeof body.title === 'string' &&
    typeof body.detail === 'string'
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

/** @param {Blob} blob @returns {Promise<string>} */
function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1]);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
