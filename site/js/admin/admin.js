import { announce } from '../shared/announce.js';
import { loadConfig } from '../shared/config.js';
import { byId, element } from '../shared/element.js';
import { save } from '../shared/export.js';
import { asFailure } from '../shared/failure.js';
import { watchTheme } from '../shared/theme-toggle.js';
import { closeCalls } from './calls.js';
import { clearCharts, loadCharts } from './charts.js';
import { renderDashboard, show } from './dashboard.js';
import { actionsCsv, callsCsv, toJson } from './export-statistics.js';
import { renderList, renderLookUp, rows, showAllCalls } from './list.js';
import { ago, count, share } from './numbers.js';
import { Refresh } from './refresh.js';
import { signIn, signOut } from './session.js';
import { go, shownAction, state } from './state.js';
import { readStatistics } from './statistics-api.js';
import { fillTimes, timesOf } from './times.js';
import { FILTERS, isOver, parseView, query } from './view.js';

/** The admin page: signs in, reads the statistics, shows what the address asks for. */

const REFRESH_SECONDS = 30;
const refresh = new Refresh(load, REFRESH_SECONDS);

async function load() {
  const { view, token: bearer } = state;
  const asked = query(view);
  const overtaken = () => JSON.stringify(asked) !== JSON.stringify(query(state.view)) || bearer !== state.token;
  state.loading = true;
  render();
  try {
    state.apiUrl ||= (await loadConfig()).apiUrl;
    const statistics = await readStatistics(state.apiUrl, bearer, asked);
    if (overtaken()) return;
    arrive(bearer);
    Object.assign(state, { statistics, failure: null, loading: false, read: Date.now() });
  } catch (caught) {
    if (overtaken()) return;
    const failure = asFailure(caught);
    if (failure.code === 'unauthorized') return leave('This token is not right. Please try again.');
    if (!state.signedIn) return leave(`${failure.title}. ${failure.detail}`);
    Object.assign(state, { failure, loading: false });
  }
  render();
  if (isOver(view)) refresh.stop(); // what is past does not change
}

/** The token works. @param {string} bearer */
function arrive(bearer) {
  signIn(bearer);
  if (state.signedIn) return;
  const { activeElement: held, body } = document;
  state.signedIn = true;
  renderDashboard();
  renderLookUp();
  if (held === body || byId('sign-in').contains(held)) byId('dashboard-title').focus(); // the form that had it is gone
}

/** @param {string} problem why, empty if asked for */
function leave(problem) {
  refresh.stop();
  signOut();
  Object.assign(state, { token: '', signedIn: false, statistics: null, failure: null, loading: false });
  render();
  forget();
  byId('sign-in-problem').textContent = problem;
  byId('token').focus();
}

/** Whoever comes next finds no numbers, not even hidden ones. */
function forget() {
  for (const node of document.querySelectorAll('[data-numbers]')) node.replaceChildren();
  clearCharts();
  closeCalls();
}

function render() {
  renderDashboard();
  renderList();
  renderFreshness();
}

function renderFreshness() {
  const age = (Date.now() - state.read) / 1000;
  const isOld = age > 3 * REFRESH_SECONDS && !refresh.paused && !isOver(state.view);
  const stale = Boolean(state.failure) || isOld;
  const label = byId('freshness');
  label.textContent = state.statistics ? `${stale ? 'Stale, read' : 'Read'} ${ago(age)}` : '';
  label.classList.toggle('stale', stale && Boolean(state.statistics));
}

async function refreshByHand() {
  await refresh.now();
  const action = shownAction();
  const numbers = action
    ? `Updated: ${count(action.activations)} activations, ${share(action.success_ratio, action.activations)} successful`
    : 'No activations';
  announce(state.failure?.title ?? numbers);
}

/** The address changed: by a link, by the browser's buttons, or by hand. */
function navigated() {
  const old = state.view;
  state.view = parseView(location.hash);
  state.allCalls = false;
  fillTimes(state.view);
  if (!state.signedIn) return;

  const anotherTime = JSON.stringify(query(old)) !== JSON.stringify(query(state.view));
  if (anotherTime) {
    Object.assign(state, { statistics: null, failure: null });
    refreshByHand();
  } else render();
  if (state.view.activation !== old.activation) showLookUp();
  else if (!anotherTime && [...FILTERS, 'sort'].some((name) => state.view[name] !== old[name])) showList();
}

function showLookUp() {
  renderLookUp();
  if (state.view.activation) lead('looked-up-title');
}

function showList() {
  lead('calls-title');
  announce(byId('calls-count').textContent);
}

/** Scroll and focus there. @param {string} id */
function lead(id) {
  byId(id).scrollIntoView();
  byId(id).focus({ preventScroll: true });
}

/** A link to a place on the page leaves the address alone: its fragment is the view. @param {MouseEvent} event */
function followOnPage(event) {
  const link = /** @type {Element} */ (event.target).closest('a[href^="#"]');
  const fragment = link?.getAttribute('href') ?? '';
  if (!fragment || fragment.includes('=')) return;
  event.preventDefault();
  lead(fragment.slice(1));
}

/** @param {string} name @param {string} type @param {string} text */
function exportAs(name, type, text) {
  const upto = state.statistics.window.upto.slice(0, 19).replaceAll(':', '');
  const [kind, suffix] = name.split('.');
  save(`${kind}-${upto}.${suffix}`, type, text);
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
byId('windows').addEventListener('change', (/** @type {any} */ { target }) => {
  if (target.value === 'custom') fillTimes({ ...state.view, ...timesOf(state.statistics?.window) });
  else go({ window: target.value });
});
byId('times').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const [since, upto] = [byId('since'), byId('upto')].map(({ value }) => new Date(value));
  byId('times-problem').textContent = since < upto ? '' : 'The first moment has to be before the second one.';
  if (since < upto) go({ since: since.toISOString(), upto: upto.toISOString() });
});
byId('warm-ups').addEventListener('change', (/** @type {any} */ { target }) =>
  go({ warm_ups: target.checked ? 'true' : null }),
);
byId('action').addEventListener('change', (/** @type {any} */ { target }) => go({ action: target.value }));
byId('look-up').addEventListener('submit', (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const id = byId('look-up-id').value.trim();
  if (id === state.view.activation) showLookUp();
  else go({ activation: id });
});
byId('more-calls').addEventListener('click', showAllCalls);
byId('refresh').addEventListener('click', refreshByHand);
byId('try-again').addEventListener('click', refreshByHand);
byId('pause').addEventListener('click', () => {
  refresh.pause(!refresh.paused);
  byId('pause').setAttribute('aria-pressed', String(refresh.paused));
  byId('pause').querySelector('span span').textContent = refresh.paused ? 'Resume' : 'Pause';
});
byId('calls-csv').addEventListener('click', () => exportAs('activations.csv', 'text/csv', callsCsv(rows())));
byId('actions-csv').addEventListener('click', () =>
  exportAs('actions.csv', 'text/csv', actionsCsv(state.statistics.actions)),
);
byId('export-json').addEventListener('click', () =>
  exportAs('statistics.json', 'application/json', toJson(state.statistics)),
);
byId('loading').append(...Array.from({ length: 8 }, () => element('div', { class: 'panel tile skeleton' })));
for (const fold of document.querySelectorAll('details[data-fold]')) {
  /** @type {HTMLDetailsElement} */ (fold).open = !matchMedia('(max-width: 760px)').matches;
}
window.addEventListener('hashchange', navigated);
document.addEventListener('click', followOnPage);
setInterval(renderFreshness, 1000);

fillTimes(state.view);
show('looked-up', false);
if (state.signedIn) {
  loadCharts().catch(() => null); // while the statistics are read
  refresh.now();
  loadConfigThenLookUp();
} else render();

/** The activation of the address does not have to wait for the statistics. */
async function loadConfigThenLookUp() {
  if (!state.view.activation) return;
  state.apiUrl ||= (await loadConfig().catch(() => null))?.apiUrl ?? '';
  renderLookUp();
}
