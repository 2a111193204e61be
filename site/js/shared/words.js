/** How labels, shares and durations are written. */

const THIN_SPACE = '\u202f';

/** @param {number} share 0 to 1 @returns {string} */
export function percent(share) {
  if (share > 0 && share < 0.001) return `<0.1${THIN_SPACE}%`;
  if (share > 0.999 && share < 1) return `>99.9${THIN_SPACE}%`;
  return `${(share * 100).toFixed(1)}${THIN_SPACE}%`;
}

/** @param {number} ms @returns {string} */
export function duration(ms) {
  if (ms < 10) return `${ms.toFixed(1)}${THIN_SPACE}ms`;
  return ms < 10_000 ? `${Math.round(ms)}${THIN_SPACE}ms` : `${(ms / 1000).toFixed(1)}${THIN_SPACE}s`;
}

/**
 * How sure the model is. Below a third, all other labels together are at least twice as probable.
 * @param {number} probability of the first label
 * @returns {'sure' | 'probable' | 'unsure'}
 */
export function confidence(probability) {
  if (probability >= 0.7) return 'sure';
  return probability >= 0.33 ? 'probable' : 'unsure';
}
