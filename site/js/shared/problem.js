import { Failure } from './failure.js';

/** What an answer of the API other than the wanted one means. */

const PROBLEM = 'urn:classifier:problem:';

/** @type {Record<number, [title: string, detail: string, facts: ConstructorParameters<typeof Failure>[2]]>} */
const PLATFORM = {
  200: [
    'The answer is not understood',
    'The page and the functions may be of different versions. Please reload the page.',
    { code: 'contract' },
  ],
  202: [
    'The functions are still starting',
    'That took longer than a minute. Please try again.',
    { code: 'starting', retryable: true },
  ],
  404: ['There is no classifier here', 'The address in config.json leads nowhere (HTTP 404).', { code: 'not-found' }],
  413: [
    'The platform refused the photo',
    'It has too many bytes. Please send a smaller one.',
    { code: 'payload-too-large', lasting: true },
  ],
  429: ['Too many requests', 'The service is busy. Please try again in a minute.', { code: 'busy', retryable: true }],
};

/**
 * Only a problem document comes from the classifier. On OpenWhisk any other 4xx or 5xx, even a 400, means that the
 * function crashed, ran out of time or was not let in, and 202 that it is still running (docs/webactions.md, WebActions.scala).
 *
 * @param {number} status
 * @param {any} body parsed JSON, null where it was none
 * @param {string | null} [activationId] of the header
 * @returns {Failure}
 */
export function failureOf(status, body, activationId = null) {
  if (isProblem(body)) {
    return new Failure(body.title, body.detail, { code: body.code, lasting: status < 500, activationId });
  }
  const [title, detail, facts] = PLATFORM[status] ?? stopped(status);
  return new Failure(title, detail, { ...facts, activationId });
}

/** @param {number} status @returns {PLATFORM[number]} */
const stopped = (status) => [
  'The function did not finish',
  `The platform ended it before it could answer (HTTP ${status}). Please try again.`,
  { code: 'stopped', retryable: true },
];

/** @param {any} body */
const isProblem = (body) =>
  typeof body?.type === 'string' &&
  body.type.startsWith(PROBLEM) &&
  typeof body.title === 'string' &&
  typeof body.detail === 'string';
