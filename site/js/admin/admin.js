import { announce } from '../shared/announce.js';
import { loadConfig } from '../shared/config.js';
import { byId, element } from '../shared/element.js';
import { save } from '../shared/export.js';
import { asFailure } from '../shared/failure.js';
import { watchTheme } from '../shared/theme-toggle.js';
import { fillActionsTable } from './actions-table.js';
import { closeCalls, fillCalls } from './calls.js';
import { charts } from './chart-data.js';
import { clearCharts, draw } from './charts.js';
import { toCsv, toJson } from './export-statistics.js';
import { notices } from './notices.js';
import { ago, count, share } from './numbers.js';
import { Refresh } from './refresh.js';
import { signIn, signOut, token } from './session.js';
import { isOwn, readStatistics, readTrace } from './statistics-api.js';
import { tiles } from './tiles.js';

/** The admin page: signs in, reads the statistics, shows them. */

const REFRESH_SECONDS = 30;
const FEW_CALLS = 10;

/**
 * `token` counts as signed in once it worked; `name` is the action whose numbers are shown, or empty for the first; `read`
 * tells when the statistics arrived.
 * @type {{apiUrl: string, token: string, signedIn: boolean, window: string, name: string, statistics: import('./statistics-api.js').Statistics | null,
 *   failure: import('../shared/failure.js').Failure | null, loading: boolean, read: number, allCalls: boolean}}
 */
const state = {
  apiUrl: '',
  token: token(),
  signedIn: token() !== '',
  window: '1h',
  name: '',
  statistics: null,
  failure: null,
  loading: false,
  read: 0,
  allCalls: false,
};
const refresh = new Refresh(load, REFRESH_SECONDS);

async function load() {
  const { window: asked, token: bearer } = state;
  const overtaken = () => asked !== state.window || bearer !== state.token;
  state.loading = true;
  render();
  try {
    state.apiUrl ||= (await loadConfig()).apiUrl;
    const statistics = await readStatistics(state.apiUrl, bearer, asked);
    if (overtaken()) return;
    signIn(bearer);
    const { activeElement: held, body } = document;
    const arrived = !state.signedIn && (held === body || byId('sign-in').contains(held));
    Object.assign(state, { statistics, failure: null, loading: false, signedIn: true, read: Date.now() });
    render();
    if (arrived) byId('dashboard-title').focus(); // the form that had the focus is gone
    return;
  } catch (caught) {
    if (overtaken()) return;
    const failure = asFailure(caught);
    if (failure.code === 'unauthorized') return leave('This token is not right. Please try again.');
    if (!state.signedIn) return leave(`${failure.title}. ${failure.detail}`);
    Object.assign(state, { failure, loading: false });
  }
  render();
}

/** @param {string} problem why, empty if asked for */
function leave(problem) {
  refresh.stop();
  signOut();
  Object.assign(state, { token: '', signedIn: false, statistics: null, failure: null, loading: false, name: '' });
  render();
  forget();
  byId('sign-in-problem').textContent = problem;
  byId('token').focus();
}

/** Whoever comes next finds no numbers, not even hidden ones. */
function forget() {
  for (const id of ['notices', 'action', 'tiles', 'actions-table', 'calls', 'footnote']) byId(id).replaceChildren();
  clearCharts();
  closeCalls();
}

/** @returns {import('./statistics-api.js').Action | undefined} whose numbers are shown: the chosen one's, else the first one's */
function shownAction() {
  const actions = state.statistics?.actions ?? [];
  const first = actions.find((action) => !isOwn(action));
  return first && (actions.find(({ name }) => name === state.name) ?? first);
}

function render() {
  const { statistics, failure, loading, signedIn } = state;
  const action = shownAction();
  show('sign-in', !signedIn);
  show('sign-out', signedIn);
  show('dashboard', signedIn);
  show('loading', loading && !statistics && !failure);
  show('failed', Boolean(failure) && !statistics);
  show('empty', Boolean(statistics) && !action);
  show('statistics', Boolean(action));
  byId('main').setAttribute('aria-busy', String(loading));
  byId('refresh').classList.toggle('busy', loading);
  byId('sign-in-button').disabled = loading;
  byId('sign-in-button').textContent = loading ? 'Signing in …' : 'Sign in';
  byId('notices').replaceChildren(...(statistics ? notices(statistics, failure) : []));
  if (failure) {
    byId('failed-title').textContent = failure.title;
    byId('failed-detail').textContent = failure.detail;
  }
  if (statistics && action) renderStatistics(statistics, action);
  renderFreshness();
}

/** @param {import('./statistics-api.js').Statistics} statistics @param {import('./statistics-api.js').Action} action */
function renderStatistics(statistics, action) {
  const names = statistics.actions.map(({ name, kind }) => option(name, kind, name === action.name));
  byId('action').replaceChildren(...names);
  byId('tiles').replaceChildren(...tiles(action));
  draw(byId('charts'), charts(statistics, action));
  fillActionsTable(byId('actions-table'), statistics.actions);
  renderCalls();
  byId('footnote').textContent = footnote(statistics);
}

/** @param {string} name @param {string} kind @param {boolean} selected */
const option = (name, kind, selected) =>
  element(
    'option',
    { value: name, selected },
    `${name.split('/').pop()}${kind === 'sequence' ? ' (the whole sequence)' : ''}`,
  );

function renderCalls() {
  const which =
    document.querySelector('input[name="calls"]:checked')?.getAttribute('value') === 'slowest' ? 'slowest' : 'recent';
  const calls = state.statistics?.[which] ?? [];
  const shown = state.allCalls ? calls : calls.slice(0, FEW_CALLS);
  fillCalls(byId('calls'), shown, (id) => readTrace(state.apiUrl, state.token, id));
  byId('more-calls').textContent = `Show all ${calls.length}`;
  show('more-calls', shown.length < calls.length);
}

/** @param {import('./statistics-api.js').Statistics} statistics */
function footnote({ percentile_method: method, coverage }) {
  const skewed = coverage.skewed_records
    ? ` ${count(coverage.skewed_records)} records had negative times and count as 0 ms.`
    : '';
  return `From ${count(coverage.records_read)} activation records. Percentiles: ${method}. A sequence lasts from its start to its end.${skewed}`;
}

function renderFreshness() {
  const age = (Date.now() - state.read) / 1000;
  const stale = Boolean(state.failure) || (!refresh.paused && age > 3 * REFRESH_SECONDS);
  const label = byId('freshness');
  label.textContent = state.statistics ? `${stale ? 'Stale, read' : 'Read'} ${ago(age)}` : '';
  label.classList.toggle('stale', stale && Boolean(state.statistics));
}

/** @param {string} id @param {boolean} visible */
function show(id, visible) {
  byId(id).hidden = !visible;
}

async function refreshByHand() {
  await refresh.now();
  const action = shownAction();
  announce(
    state.failure?.title ??
      (action
        ? `Updated: ${count(action.activations)} activations, ${share(action.success_ratio, action.activations)} successful`
        : 'No activations'),
  );
}

/** @param {string} name @param {string} type @param {(statistics: import('./statistics-api.js').Statistics) => string} write */
function exportAs(name, type, write) {
  if (state.statistics)
    save(
      `statistics-${state.statistics.window.upto.slice(0, 19).replaceAll(':', '')}.${name}`,
      type,
      write(state.statistics),
    );
}

watchTheme();
byId('sign-in-form').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  byId('sign-in-problem').textContent = '';
  state.token = byId('token').value;
  byId('token').value = '';
  refreshByHand();
});
byId('sign-out').addEventListener('click', () => leave(''));
byId('windows').addEventListener('change', (/** @type {any} */ event) => {
  Object.assign(state, { window: event.target.value, statistics: null, failure: null });
  refreshByHand();
});
byId('action').addEventListener('change', (/** @type {any} */ event) => {
  state.name = event.target.value;
  render();
});
byId('call-lists').addEventListener('change', renderCalls);
byId('more-calls').addEventListener('click', () => {
  state.allCalls = true;
  renderCalls();
  byId('calls').children[FEW_CALLS].querySelector('summary').focus();
});
byId('refresh').addEventListener('click', refreshByHand);
byId('try-again').addEventListener('click', refreshByHand);
byId('pause').addEventListener('click', () => {
  refresh.pause(!refresh.paused);
  byId('pause').setAttribute('aria-pressed', String(refresh.paused));
  byId('pause').textContent = refresh.paused ? 'Resume updates' : 'Pause updates';
});
byId('export-csv').addEventListener('click', () => exportAs('csv', 'text/csv', toCsv));
byId('export-json').addEventListener('click', () => exportAs('json', 'application/json', toJson));
byId('loading').append(...Array.from({ length: 8 }, () => element('div', { class: 'panel tile skeleton' })));
setInterval(renderFreshness, 1000);

if (state.signedIn) refresh.now();
else render();
