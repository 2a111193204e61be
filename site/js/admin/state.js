import { token } from './session.js';
import { isOwn } from './statistics-api.js';
import { href, parseView } from './view.js';

/**
 * What the page knows. `token` counts as signed in once it worked; `read` tells when the statistics arrived.
 *
 * @typedef {object} State
 * @property {string} apiUrl
 * @property {string} token
 * @property {boolean} signedIn
 * @property {import('./view.js').View} view
 * @property {import('./statistics-api.js').Statistics | null} statistics
 * @property {import('../shared/failure.js').Failure | null} failure
 * @property {boolean} loading
 * @property {number} read
 * @property {boolean} allCalls whether the list of activations is shown in full
 */

/** @type {State} */
export const state = {
  apiUrl: '',
  token: token(),
  signedIn: token() !== '',
  view: parseView(location.hash),
  statistics: null,
  failure: null,
  loading: false,
  read: 0,
  allCalls: false,
};

/** @param {import('./view.js').Changes} changes @returns {string} the link to the view with `changes` */
export const link = (changes) => href(state.view, changes);

/** @param {import('./view.js').Changes} changes */
export function go(changes) {
  location.hash = link(changes);
}

/** @returns {import('./statistics-api.js').Action | undefined} whose numbers are shown: the chosen one's, else the first one's */
export function shownAction() {
  const actions = state.statistics?.actions ?? [];
  return actions.find(({ name }) => name === state.view.action) ?? actions.find((action) => !isOwn(action));
}
