import { Failure } from './failure.js';

/**
 * Where the API is: `config.json` beside the page, written by the host or by `make publish-site`.
 *
 * @typedef {object} Config
 * @property {string} apiUrl address of the API without a slash at its end; `/classify` and `/metrics` follow it
 * @property {string} [sourceUrl] where the source and the documentation are, an https address
 */

const TIMEOUT_MS = 10_000;

/**
 * @param {string} [base] address of the page
 * @returns {Promise<Config>}
 * @throws {Failure} in words for the person in front of the page
 */
export async function loadConfig(base = document.baseURI) {
  const address = new URL('config.json', base);
  const config = await readJson(address);
  if (typeof config?.apiUrl !== 'string' || config.apiUrl === '') {
    throw notSetUp(`${address.pathname} should hold {"apiUrl": "https://…"}, but holds no apiUrl.`);
  }
  if (config.sourceUrl !== undefined && !/^https:\/\//.test(config.sourceUrl)) {
    throw notSetUp(`sourceUrl in ${address.pathname} should begin with https://.`);
  }
  return { ...config, apiUrl: new URL(config.apiUrl, address).href.replace(/\/+$/, '') };
}

/** @param {URL} address */
async function readJson(address) {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const reply = await fetch(address, { cache: 'no-cache', signal }).catch((cause) => {
    throw unreachable(cause);
  });
  if (reply.status >= 500) throw unreachable(new Error(`HTTP ${reply.status}`));
  try {
    if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
    return await reply.json();
  } catch (cause) {
    throw notSetUp(`It cannot read ${address.pathname} (${cause.message}).`, cause);
  }
}

/** @param {unknown} cause of which the next try may be free */
function unreachable(cause) {
  if (!navigator.onLine) {
    return new Failure('You are offline', 'Please try again when you are connected.', { code: 'offline', cause });
  }
  const detail = 'The connection failed, or the server is busy. Please try again in a moment.';
  return new Failure('The page’s settings cannot be reached', detail, { code: 'config', retryable: true, cause });
}

/** @param {string} detail @param {unknown} [cause] */
const notSetUp = (detail, cause) => new Failure('This page is not set up', detail, { code: 'config', cause });
