import { byId, element } from '../shared/element.js';
import { Failure } from '../shared/failure.js';
import { showActivation } from './activation.js';
import { fillCalls } from './calls.js';
import { show } from './dashboard.js';
import { listed } from './filter.js';
import { fillChips, fillQuickFilters } from './filter-bar.js';
import { count, counted } from './numbers.js';
import { link, state } from './state.js';
import { readTrace } from './statistics-api.js';

/** The list of activations, narrowed as the view says, and the activation that was looked up. */

const FEW = 10;

/** @param {string} id */
async function read(id) {
  const { apiUrl, token } = state;
  const trace = await readTrace(apiUrl, token, id);
  if (token !== state.token) throw new Failure('Signed out', 'You signed out meanwhile.');
  return trace;
}

/** @returns {import('./statistics-api.js').Call[]} all that the view lists */
export function rows() {
  const { statistics, view } = state;
  return statistics ? listed(statistics.calls, view, statistics.timeline.bucket_seconds * 1000) : [];
}

export function renderList() {
  const { statistics, view } = state;
  if (!statistics) return;
  const found = rows();
  const shown = state.allCalls ? found : found.slice(0, FEW);
  const { bucket_seconds: seconds } = statistics.timeline;

  fillQuickFilters(byId('quick-filters'), view, link, statistics.calls);
  fillChips(byId('chips'), view, seconds, link);
  byId('calls-count').textContent = `${count(found.length)} of ${count(statistics.calls.length)}`;
  fillCalls(byId('calls'), shown, { readTrace: read, link, looksAt });
  show('no-calls', !found.length);
  byId('unlisted').textContent = unlisted(statistics.listing);
  byId('more-calls').textContent = `Show all ${count(found.length)}`;
  show('more-calls', shown.length < found.length);
  byId('calls-csv').textContent = `CSV of ${counted(found.length, 'row')}`;
  for (const [id, order] of [
    ['sort-start', undefined],
    ['sort-duration', 'duration'],
  ]) {
    byId(id).href = link({ sort: order ?? null });
    byId(id).setAttribute('aria-current', String(view.sort === order));
  }
}

/** @param {import('./statistics-api.js').Statistics['listing']} listing */
function unlisted({ calls, listed: number, failures_listed: failures }) {
  if (number >= calls) return '';
  return `Listed are ${count(number)} of ${count(calls)} activations: ${counted(failures, 'failure')}, cold starts, the slowest and the newest. A shorter time lists all.`;
}

export function showAllCalls() {
  state.allCalls = true;
  renderList();
  byId('calls').children[FEW].querySelector('summary').focus();
}

/** The address follows what is open, without a new entry in the history. @param {string | null} id */
function looksAt(id) {
  state.view = { ...state.view, activation: id ?? undefined };
  history.replaceState(null, '', link({}));
}

/** Show the activation that the address names, wherever in time it lies. */
export async function renderLookUp() {
  const { activation: id } = state.view;
  show('looked-up', Boolean(id));
  if (!id) return;
  byId('looked-up-title').textContent = 'Activation';
  byId('close-looked-up').href = link({ activation: null });
  const trace = await showActivation(byId('looked-up-body'), id, read, link);
  if (trace && state.view.activation === id) byId('looked-up-title').replaceChildren(...heading(trace));
}

/** @param {import('./statistics-api.js').Trace} trace */
function heading({ activation }) {
  const name = activation.name.split('/').pop();
  return [name, ' ', element('span', { class: 'quiet small' }, new Date(activation.start).toLocaleString('en-GB'))];
}
