import { BUSY } from './visit.js';

/** Photos that were added together, or before earlier ones were finished. When all have an outcome, it is announced. */
export class Batch {
  /** @type {import('./visit.js').Photo[]} */
  #photos = [];

  /** @param {import('./visit.js').Photo[]} photos */
  add(photos) {
    this.#photos.push(...photos);
  }

  /**
   * @param {import('./visit.js').Photo[]} there the photos of the visit; one that was removed does not count
   * @returns {string} how many are done and how many failed, once; empty before the end, and for a single photo
   */
  end(there) {
    this.#photos = this.#photos.filter((photo) => there.includes(photo));
    if (this.#photos.some((photo) => BUSY.has(photo.state))) return '';
    const all = this.#photos.length;
    const [done, failed] = ['done', 'failed'].map(
      (state) => this.#photos.filter((photo) => photo.state === state).length,
    );
    this.#photos = [];
    return all > 1 ? `${done} of ${all} done${failed ? `, ${failed} failed` : ''}.` : '';
  }
}
