import { loadConfig } from '../shared/config.js';
import { byId } from '../shared/element.js';
import { warmUp } from './warm-up.js';

/** Where the API is, and whether its functions have been started. */

/** @type {import('../shared/config.js').Config | null} */
let config = null;

/**
 * Loaded once; after a failure, which the page shows, tried again at the next call.
 * @returns {Promise<import('../shared/config.js').Config>}
 * @throws {import('../shared/failure.js').Failure}
 */
export async function configuration() {
  const problem = byId('page-problem');
  try {
    config ??= await loadConfig();
    problem.hidden = true;
    return config;
  } catch (failure) {
    problem.textContent = `${failure.title}. ${failure.detail}`;
    problem.hidden = false;
    throw failure;
  }
}

/** Start the functions. @returns {Promise<import('./api.js').Reply | null>} null where it was not needed or did not work */
export async function wakeUp() {
  const found = await configuration().catch(() => null); // which the page has told
  return found && warmUp(found.apiUrl);
}
