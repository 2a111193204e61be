import { lasting } from '../shared/storage.js';
import { duration } from '../shared/words.js';

/** What is said while somebody waits, and what earlier cold starts took. */

const KEY = 'cold-start-ms';
const PATIENT_MS = 2500;
const LONG_MS = 15_000;
/** OpenWhisk keeps an idle container for ten minutes (its invoker's application.conf). */
const WARM_MS = 5 * 60_000;

/** When the functions answered last, on the clock of `performance.now`. */
let answeredAt = -Infinity;

export function rememberAnswer() {
  answeredAt = performance.now();
}

/**
 * @param {import('./visit.js').Photo} photo one that is not finished
 * @param {number} waitedMs since the request was made, or had left
 * @param {number | null} coldMs what the last cold start took
 * @returns {string}
 */
export function waitingText(photo, waitedMs, coldMs) {
  switch (photo.state) {
    case 'waiting':
      return 'Waiting for its turn…';
    case 'preparing':
      return 'Shrinking the photo in this browser…';
    case 'sending':
      // The request is not sent before the functions have started.
      return photo.sent > 0 ? `Sending… ${Math.round(photo.sent * 100)} %` : patience('Sending…', waitedMs, coldMs);
    case 'retrying':
      return `${photo.failure.title}. Trying once more…`;
    default:
      return patience('Classifying…', waitedMs, coldMs);
  }
}

/** @param {string} atFirst @param {number} waitedMs @param {number | null} coldMs */
function patience(atFirst, waitedMs, coldMs) {
  if (waitedMs < PATIENT_MS) return atFirst;
  if (performance.now() - answeredAt < WARM_MS) return `${atFirst} ${Math.round(waitedMs / 1000)} s so far.`;
  const usual = coldMs ? ` Last time that took ${duration(coldMs)}.` : '';
  if (waitedMs < LONG_MS) return `Warming up: after a pause the functions have to start first.${usual}`;
  return `Still warming up, ${Math.round(waitedMs / 1000)} s so far. A first start can take a minute.${usual}`;
}

/** @returns {number | null} how long a request took that had to start functions: the last one that did */
export function rememberedColdStart() {
  return Number(lasting.read(KEY)) || null;
}

/** @param {number} ms */
export function rememberColdStart(ms) {
  lasting.write(KEY, String(Math.round(ms)));
}
