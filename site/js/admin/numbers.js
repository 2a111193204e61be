import { percent } from '../shared/words.js';

/** How counts, times and moments are written. */

const THIN_SPACE = '\u202f';
const NONE = '–';

/** @param {number | null} value @returns {string} */
export const count = (value) => (value === null ? NONE : value.toLocaleString('en'));

/** Milliseconds are never rounded away: the page and the JSON must say the same. @param {number | null} value @returns {string} */
export const ms = (value) => (value === null ? NONE : `${value.toLocaleString('en')}${THIN_SPACE}ms`);

/** @param {number} ratio 0 to 1 @param {number} n of how many @returns {string} */
export const share = (ratio, n) => (n ? percent(ratio) : NONE);

/** @param {number | null} bytes @returns {string} */
export function size(bytes) {
  if (bytes === null) return NONE;
  return bytes < 10_000 ? `${count(bytes)}${THIN_SPACE}B` : `${count(Math.round(bytes / 1000))}${THIN_SPACE}kB`;
}

/** @param {string} iso @returns {string} the time of day with seconds; the date too if it is another day */
export function moment(iso) {
  const at = new Date(iso);
  const time = at.toLocaleTimeString('en-GB');
  return at.toDateString() === new Date().toDateString() ? time : `${day(at)}, ${time}`;
}

/** @param {string} iso of the start of a bucket @param {number} bucketSeconds @returns {string} short, for an axis */
export function tick(iso, bucketSeconds) {
  const at = new Date(iso);
  const time = at.toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(bucketSeconds < 60 ? { second: '2-digit' } : {}),
  });
  return bucketSeconds >= 7200 ? `${day(at)} ${time}` : time;
}

/** @param {Date} at */
const day = (at) => at.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });

/** @param {number} seconds @returns {string} */
export function ago(seconds) {
  if (seconds < 2) return 'just now';
  return seconds < 120 ? `${Math.round(seconds)} s ago` : `${Math.round(seconds / 60)} min ago`;
}
