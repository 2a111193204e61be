/** How shares and durations are written, and how sure the model is. */

const THIN_SPACE = '\u202f';

/** @param {number} share 0 to 1 @returns {string} 0 and 100 only where it is exactly that */
export function percent(share) {
  if (share > 0 && share < 0.0005) return `<0.1${THIN_SPACE}%`;
  if (share >= 0.9995 && share < 1) return `>99.9${THIN_SPACE}%`;
  return `${(share * 100).toFixed(1)}${THIN_SPACE}%`;
}

/** @param {number} probability of a class; 0 and 1 are only rounded, for a network excludes nothing @returns {string} */
export const chance = (probability) => percent(Math.min(Math.max(probability, 1e-9), 1 - 1e-9));

/** @param {number} ms @returns {string} */
export function duration(ms) {
  if (ms < 10) return `${ms.toFixed(1)}${THIN_SPACE}ms`;
  return ms < 10_000 ? `${Math.round(ms)}${THIN_SPACE}ms` : `${(ms / 1000).toFixed(1)}${THIN_SPACE}s`;
}

/**
 * How sure the model is. A `guess` is improbable by itself, but stands out: the second label is far behind.
 * @param {{probability: number}[]} predictions most probable first
 * @returns {'sure' | 'probable' | 'guess' | 'unsure'}
 */
export function confidence([{ probability: first }, second]) {
  if (first >= 0.7) return 'sure';
  if (first >= 0.33) return 'probable';
  return first >= 0.1 && first >= 3 * (second?.probability ?? 0) ? 'guess' : 'unsure';
}
