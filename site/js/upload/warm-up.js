import { lasting } from '../shared/storage.js';
import { classify } from './api.js';
import { tinyJpg } from './picture.js';
import { rememberColdStart } from './waiting.js';

/** Start the functions while the person is still choosing: one request of a few hundred bytes. */

const KEY = 'warmed-up-at';
/** OpenWhisk keeps an idle container for ten minutes (its invoker's application.conf). */
const EVERY_MS = 5 * 60_000;
/** @type {import('./api.js').Options} */
const LEAST = { top_k: 1, fit: 'crop', explain: false };

/**
 * @param {string} apiUrl
 * @returns {Promise<import('./api.js').Reply | null>} null where it was not needed or did not work; a photo will tell
 */
export async function warmUp(apiUrl) {
  const started = Date.now();
  if (started - Number(lasting.read(KEY)) < EVERY_MS) return null;
  lasting.write(KEY, String(started));
  try {
    const { reply } = await classify(apiUrl, await tinyJpg(), { ...LEAST, warm_up: true });
    if (reply.cold.length) rememberColdStart(Date.now() - started);
    return reply;
  } catch {
    return null;
  }
}
