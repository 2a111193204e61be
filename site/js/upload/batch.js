import { BUSY } from './visit.js';

/** Photos that were added together, or before the earlier ones were finished: their end is worth a word. */
export class Batch {
  /** @type {import('./visit.js').Photo[]} */
  #photos = [];

  /** @param {import('./visit.js').Photo[]} photos */
  add(photos) {
    this.#photos.push(...photos);
  }

  /**
   * @param {import('./visit.js').Photo[]} there of the whole visit; what was removed does not count
   * @returns {string} said once: how it ended; empty while it goes on, and for a single photo, which speaks for itself
   */
  end(there) {
    this.#photos = this.#photos.filter((photo) => there.includes(photo));
    if (this.#photos.some((photo) => BUSY.has(photo.state))) return '';
    const all = this.#photos.length;
    const done = this.#photos.filter((photo) => photo.state === 'done').length;
    this.#photos = [];
    return all > 1 ? `${done} of ${all} done.` : '';
  }
}
