/** What went wrong, in words for the person in front of the page. */
export class Failure extends Error {
  /**
   * @param {string} title what happened, a few words
   * @param {string} detail why, and what to do
   * @param {{code?: string, retryable?: boolean, lasting?: boolean, activationId?: string | null, cause?: unknown}} [facts]
   *   `retryable`: the same request may well succeed now; `lasting`: it never will, because of what is asked;
   *   `activationId`: of the call that failed, where the answer tells it
   */
  constructor(title, detail, { code = 'page', retryable = false, lasting = false, activationId = null, cause } = {}) {
    super(`${title}: ${detail}`, { cause });
    this.title = title;
    this.detail = detail;
    this.code = code;
    this.retryable = retryable;
    this.lasting = lasting;
    this.activationId = activationId;
  }
}

/**
 * @param {unknown} error
 * @returns {Failure} the error itself, or the words for a mistake of this page
 */
export function asFailure(error) {
  if (error instanceof Failure) return error;
  return new Failure('This page made a mistake', 'Please reload it and try again.', { code: 'page', cause: error });
}

/** @param {unknown} error whether somebody cancelled */
export const isAbort = (error) => error instanceof DOMException && error.name === 'AbortError';
