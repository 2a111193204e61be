import { Failure } from '../shared/failure.js';

/**
 * One HTTP answer as text.
 * @typedef {{status: number, text: string, activationId: string | null}} Answer
 */

/** The gateway gives up after 70 s and then says so itself; this only catches connections that died. */
export const TIMEOUT_MS = 75_000;

/**
 * POST a JPG. XMLHttpRequest, because fetch cannot tell how much of the body has been sent.
 *
 * @param {string} url
 * @param {Blob} jpg
 * @param {{signal?: AbortSignal, onProgress?: (share: number) => void, timeoutMs?: number}} [options] `share` of the body sent, 0 to 1
 * @returns {Promise<Answer>}
 * @throws {Failure} no answer came; `AbortError` when `signal` says so
 */
export function post(url, jpg, { signal, onProgress = () => {}, timeoutMs = TIMEOUT_MS } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.timeout = timeoutMs;
    request.setRequestHeader('Content-Type', 'image/jpeg');
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.upload.onload = () => onProgress(1);
    request.onload = () => resolve(answerOf(request));
    request.onerror = () => reject(unreachable());
    request.ontimeout = () => reject(tooSlow(timeoutMs));
    request.onabort = () => reject(signal?.reason ?? new DOMException('aborted', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(jpg);
  });
}

/** @param {XMLHttpRequest} request @returns {Answer} */
function answerOf(request) {
  // Reading a header that the server does not expose logs an error in some browsers; asking for all of them does not.
  const header = /^x-openwhisk-activation-id:\s*(\S+)/im.exec(request.getAllResponseHeaders());
  return { status: request.status, text: request.responseText, activationId: header ? header[1] : null };
}

/** An error without any detail: what browsers make of a lost connection, and of any answer without CORS headers. */
function unreachable() {
  if (!navigator.onLine) {
    return new Failure('You are offline', 'Your photo is kept here, and sent when you are connected again.', {
      code: 'offline',
    });
  }
  const detail = 'The connection failed, or the service is busy and refused the call. Please try again in a moment.';
  return new Failure('The classifier cannot be reached', detail, { code: 'unreachable', retryable: true });
}

/** @param {number} timeoutMs */
function tooSlow(timeoutMs) {
  const detail = `There was no answer within ${Math.round(timeoutMs / 1000)} seconds. Please try again.`;
  return new Failure('The classifier did not answer', detail, { code: 'timeout', retryable: true });
}
