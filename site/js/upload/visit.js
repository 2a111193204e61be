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
 * @property {number} [chosen] index of the class whose heat map and description are shown; without it the first label's
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
/** So many photos in a row without an answer mean that the API is down: the queue then waits. */
const UNANSWERED = 3;
const NEXT_TRY_MS = 30_000;
export const BUSY = new Set(['waiting', 'preparing', 'sending', 'classifying', 'retrying']);

/** Whether this photo might succeed if it is sent again. @param {Photo} photo */
export const canRetry = (photo) =>
  photo.file !== null && !photo.failure?.lasting && ['failed', 'cancelled'].includes(photo.state);

/** Whether the API is to blame, and not the photo or this page. @param {import('../shared/failure.js').Failure} failure */
const isOutage = (failure) => !failure.lasting && failure.code !== 'page';

/**
 * Dispatches `change`, with the photo as `detail`, whenever one changes, comes or goes; and `halt` whenever the queue stops or
 * goes on again.
 */
export class Visit extends EventTarget {
  /** @type {Photo[]} the newest batch first */
  photos = [];
  /** Why the queue waits; null while it works. @type {import('../shared/failure.js').Failure | null} */
  halted = null;
  /** Those that failed since the last answer, for a reason that is not in them. @type {Photo[]} */
  #unanswered = [];
  /** Ends the wait before the next try. @type {AbortController | null} */
  #wait = null;
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
    this.#unanswered = []; // somebody tries anew
    this.resume();
    return added;
  }

  /** @param {File} file @param {import('./api.js').Options} options @returns {Photo} */
  #photo(file, options) {
    return { id: ++this.#lastId, name: file.name, file, state: 'waiting', sent: 0, options };
  }

  /** Put back what an earlier page view finished. @param {Partial<Photo>[]} entries newest first */
  restore(entries) {
    for (const entry of entries) {
      const photo = { sent: 1, ...entry, file: null, previewUrl: entry.thumbnail };
      this.photos.push(/** @type {Photo} */ (photo));
      this.#lastId = Math.max(this.#lastId, entry.id);
    }
  }

  /** Classify once more. A photo that is busy notices other options by itself. @param {Photo} photo @param {import('./api.js').Options} [options] */
  again(photo, options = photo.options) {
    if (!photo.file) return;
    photo.options = options;
    if (BUSY.has(photo.state)) return;
    this.#set(photo, { state: 'waiting', failure: undefined, sent: 0 });
    this.#unanswered = [];
    this.resume();
  }

  retryFailed() {
    for (const photo of this.photos) if (photo.state === 'failed' && canRetry(photo)) this.again(photo);
  }

  cancelAll() {
    for (const photo of this.photos) if (BUSY.has(photo.state)) this.cancel(photo);
  }

  /** @param {Photo} photo */
  cancel(photo) {
    if (photo.state === 'waiting') this.#set(photo, cancelled(photo));
    else photo.abort?.abort();
    if (this.halted && !this.photos.some(({ state }) => state === 'waiting')) this.#answered();
  }

  /** Take photos out. @param {Photo[]} photos @returns {() => void} puts them back where they were, and goes on with them */
  remove(photos) {
    const before = this.photos;
    const busy = photos.filter((photo) => BUSY.has(photo.state));
    for (const photo of photos) this.cancel(photo);
    this.photos = before.filter((photo) => !photos.includes(photo));
    this.#changed(photos[0]);
    return () => {
      this.photos = before;
      for (const photo of busy) this.again(photo);
    };
  }

  /** Free the memory of photos that were removed. @param {Photo[]} photos */
  forget(photos) {
    for (const { jpgUrl } of photos) if (jpgUrl) URL.revokeObjectURL(jpgUrl);
  }

  /** Go on, also where the queue has stopped: then with one photo, until there is an answer. */
  resume() {
    this.#wait?.abort();
    this.#wait = null;
    this.#next();
  }

  #next() {
    const [first] = this.photos.filter((photo) => photo.state === 'waiting').sort((one, other) => one.id - other.id);
    if (!first || this.#wait || this.#running >= (this.halted ? 1 : AT_ONCE)) return;
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
      this.#set(photo, { state: 'done', classified, elapsedMs, failure: undefined, chosen: undefined });
      this.#answered();
    } catch (error) {
      if (isAbort(error)) this.#set(photo, cancelled(photo));
      else this.#fail(photo, asFailure(error));
    }
  }

  /** @param {Photo} photo @param {import('../shared/failure.js').Failure} failure */
  #fail(photo, failure) {
    this.#set(photo, { state: 'failed', failure, classified: undefined });
    if (!isOutage(failure)) return this.#answered();
    this.#unanswered.push(photo);
    if (this.halted || this.#unanswered.length >= UNANSWERED) this.#halt(failure);
  }

  #answered() {
    this.#unanswered = [];
    if (!this.halted) return;
    this.#wait?.abort();
    this.#wait = null;
    this.#setHalted(null);
  }

  /** The photos without an answer go back into the queue, which waits. @param {import('../shared/failure.js').Failure} failure */
  async #halt(failure) {
    const wait = new AbortController();
    this.#wait?.abort();
    this.#wait = wait;
    this.#setHalted(failure);
    for (const photo of this.#unanswered) this.#set(photo, { state: 'waiting', failure: undefined, sent: 0 });
    this.#unanswered = [];
    await this.#work.pause(NEXT_TRY_MS, wait.signal).catch(() => {}); // somebody did not want to wait
    if (this.#wait === wait) this.resume();
  }

  /** @param {import('../shared/failure.js').Failure | null} failure */
  #setHalted(failure) {
    this.halted = failure;
    this.dispatchEvent(new Event('halt'));
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
    return { classified: { ...classified, asked: options }, options, request: performance.now() - asked };
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

/**
 * What cancelling makes of a photo. One that has labels, and was only asked anew, keeps them.
 * @param {Photo} photo
 * @returns {Partial<Photo>}
 */
const cancelled = ({ classified }) =>
  classified ? { state: 'done', options: classified.asked } : { state: 'cancelled' };
