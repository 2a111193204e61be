import { asFailure, isAbort } from '../shared/failure.js';

/**
 * The photos of this visit: a queue while they are classified, a history afterwards.
 *
 * @typedef {'waiting' | 'preparing' | 'sending' | 'classifying' | 'retrying' | 'done' | 'failed' | 'cancelled'} State
 * @typedef {object} Photo
 * @property {number} id
 * @property {string} name
 * @property {Blob | null} file null for a photo of an earlier page view
 * @property {State} state
 * @property {number} sent share of the request that has left, 0 to 1
 * @property {number} [since] when the request was made, then when all of it had left, on the clock of `performance.now`
 * @property {AbortController} [abort]
 * @property {import('./picture.js').Prepared} [prepared]
 * @property {string} [jpgUrl] of the JPG as sent; none for a photo of an earlier page view
 * @property {string} [previewUrl] the same where this browser can show it, after a reload the thumbnail
 * @property {string} [thumbnail] data URL; all that is left of the picture after a reload
 * @property {import('./api.js').Options} options what to ask, or what was asked
 * @property {import('./api.js').Classified} [classified]
 * @property {Elapsed} [elapsedMs]
 * @property {import('../shared/failure.js').Failure} [failure]
 *
 * @typedef {object} Elapsed milliseconds, as this page measured them
 * @property {number} prepare
 * @property {number} [wait] before that request: for the functions to be awake, for a first request that failed and the pause after
 *   it, for an answer to options that were changed meanwhile
 * @property {number} request from sending the request that was answered to its answer
 *
 * @typedef {object} Work what the queue does with a photo
 * @property {(file: Blob) => Promise<import('./picture.js').Prepared>} prepare
 * @property {(signal: AbortSignal) => Promise<void>} ready settles once it makes sense to send a request
 * @property {(jpg: Blob, options: import('./api.js').Options, transport: object) => Promise<import('./api.js').Classified>} classify
 * @property {(ms: number, signal: AbortSignal) => Promise<void>} pause
 */

/** Two at a time: the second photo travels while the first is classified, and a small platform is not swamped. */
const AT_ONCE = 2;
const RETRY_AFTER_MS = 1500;
export const BUSY = new Set(['waiting', 'preparing', 'sending', 'classifying', 'retrying']);

/** Dispatches `change`, with the photo as `detail`, whenever one changes, comes or goes. */
export class Visit extends EventTarget {
  /** @type {Photo[]} the newest batch first */
  photos = [];
  #work;
  #running = 0;
  #lastId = 0;

  /** @param {Work} work */
  constructor(work) {
    super();
    this.#work = work;
  }

  /** @param {File[]} files @param {import('./api.js').Options} options @returns {Photo[]} in the same order, above the earlier ones */
  add(files, options) {
    const added = files.map((file) => this.#photo(file, options));
    this.photos.unshift(...added);
    this.#next();
    return added;
  }

  /** @param {File} file @param {import('./api.js').Options} options @returns {Photo} */
  #photo(file, options) {
    return { id: ++this.#lastId, name: file.name, file, state: 'waiting', sent: 0, options };
  }

  /** Put back what an earlier page view finished. @param {Partial<Photo>[]} entries newest first */
  restore(entries) {
    for (const entry of entries) {
      const photo = { sent: 1, ...entry, id: ++this.#lastId, file: null, previewUrl: entry.thumbnail };
      this.photos.push(/** @type {Photo} */ (photo));
    }
  }

  /** Classify once more. A photo that is busy notices other options by itself. @param {Photo} photo @param {import('./api.js').Options} [options] */
  again(photo, options = photo.options) {
    if (!photo.file) return;
    photo.options = options;
    if (BUSY.has(photo.state)) return;
    this.#set(photo, { state: 'waiting', failure: undefined, classified: undefined, sent: 0 });
    this.#next();
  }

  /** @param {Photo} photo */
  cancel(photo) {
    if (photo.state === 'waiting') this.#set(photo, { state: 'cancelled' });
    else photo.abort?.abort();
  }

  /** @param {Photo} photo */
  remove(photo) {
    this.cancel(photo);
    this.photos = this.photos.filter((other) => other !== photo);
    if (photo.jpgUrl) URL.revokeObjectURL(photo.jpgUrl);
    this.#changed(photo);
  }

  #next() {
    const [first] = this.photos.filter((photo) => photo.state === 'waiting').sort((one, other) => one.id - other.id);
    if (!first || this.#running >= AT_ONCE) return;
    this.#running += 1;
    this.#process(first).finally(() => {
      this.#running -= 1;
      this.#next();
    });
    this.#next();
  }

  /** @param {Photo} photo */
  async #process(photo) {
    this.#set(photo, { state: 'preparing', abort: new AbortController() });
    const { signal } = photo.abort;
    try {
      const started = performance.now();
      await this.#prepare(photo);
      signal.throwIfAborted();
      const prepared = performance.now();
      const { classified, request } = await this.#classify(photo, signal);
      const wait = performance.now() - prepared - request;
      const elapsedMs = { prepare: prepared - started, wait, request };
      this.#set(photo, { state: 'done', classified, elapsedMs, failure: undefined });
    } catch (error) {
      this.#set(photo, isAbort(error) ? { state: 'cancelled' } : { state: 'failed', failure: asFailure(error) });
    }
  }

  /** @param {Photo} photo */
  async #prepare(photo) {
    if (photo.prepared) return;
    const prepared = await this.#work.prepare(photo.file);
    const jpgUrl = URL.createObjectURL(prepared.jpg);
    this.#set(photo, { prepared, jpgUrl, previewUrl: prepared.width ? jpgUrl : undefined });
  }

  /** Ask until the answer is to the options that are wanted by then. @param {Photo} photo @param {AbortSignal} signal */
  async #classify(photo, signal) {
    const answer = await this.#insist(photo, signal);
    return photo.options === answer.options ? answer : this.#classify(photo, signal);
  }

  /** Ask, and where it was the platform's fault ask once more. @param {Photo} photo @param {AbortSignal} signal */
  async #insist(photo, signal) {
    try {
      return await this.#ask(photo, signal);
    } catch (error) {
      if (isAbort(error) || !asFailure(error).retryable) throw error;
      this.#set(photo, { state: 'retrying', failure: asFailure(error) });
      await this.#work.pause(RETRY_AFTER_MS, signal);
      return await this.#ask(photo, signal);
    }
  }

  /** @param {Photo} photo @param {AbortSignal} signal */
  async #ask(photo, signal) {
    this.#set(photo, { state: 'sending', sent: 0, since: performance.now() });
    await this.#work.ready(signal);
    const onProgress = (sent) => {
      if (sent < 1) this.#set(photo, { sent });
      else this.#set(photo, { sent, state: 'classifying', since: performance.now() });
    };
    const { options } = photo; // as they are now, not as they were before the wait
    const asked = performance.now();
    const classified = await this.#work.classify(photo.prepared.jpg, options, { signal, onProgress });
    return { classified, options, request: performance.now() - asked };
  }

  /** @param {Photo} photo @param {Partial<Photo>} changes */
  #set(photo, changes) {
    Object.assign(photo, changes);
    this.#changed(photo);
  }

  /** @param {Photo} photo */
  #changed(photo) {
    this.dispatchEvent(new CustomEvent('change', { detail: photo }));
  }
}
