import { byId, element } from '../shared/element.js';
import { fillActionsTable, fillCostTable } from './actions-table.js';
import { fillBars } from './bars.js';
import { charts, labelBars, stepBars } from './chart-data.js';
import { draw } from './charts.js';
import { fillFailures } from './failures.js';
import { notices } from './notices.js';
import { count, counted, gbSeconds, size, spanBefore, zone } from './numbers.js';
import { link, shownAction, state } from './state.js';
import { tiles } from './tiles.js';
import { fillVerdict } from './verdict.js';
import { UNFILTERED } from './view.js';

/** Draws everything but the list of activations. */

/**
 * @typedef {import('./statistics-api.js').Statistics} Statistics
 * @typedef {import('./statistics-api.js').Action} Action
 */

/** @param {string} id @param {boolean} visible */
export function show(id, visible) {
  byId(id).hidden = !visible;
}

export function renderDashboard() {
  const { statistics, failure, loading, signedIn } = state;
  const action = shownAction();
  show('sign-in', !signedIn);
  show('sign-out', signedIn);
  show('dashboard', signedIn);
  show('loading', loading && !statistics && !failure);
  show('failed', Boolean(failure) && !statistics);
  show('empty', Boolean(statistics) && !action);
  show('statistics', Boolean(action));
  show('verdict', Boolean(statistics?.verdict));
  byId('main').setAttribute('aria-busy', String(loading));
  byId('refresh').classList.toggle('busy', loading);
  byId('sign-in-button').disabled = loading;
  byId('sign-in-button').textContent = loading ? 'Signing in …' : 'Sign in';
  byId('zone').textContent = zone();
  byId('notices').replaceChildren(...(statistics ? notices(statistics, failure) : []));
  if (failure) {
    byId('failed-title').textContent = failure.title;
    byId('failed-detail').textContent = failure.detail;
  }
  if (statistics && action) renderStatistics(statistics, action);
}

/** @param {Statistics} statistics @param {Action} action */
function renderStatistics(statistics, action) {
  const anew = (/** @type {import('./view.js').Changes} */ changes) =>
    link({ ...UNFILTERED, sort: null, activation: null, ...changes });
  const ofAll = (/** @type {import('./view.js').Changes} */ changes) => anew({ action: null, ...changes });
  const ofAction = (/** @type {import('./view.js').Changes} */ changes) => anew({ action: action.name, ...changes });

  fillVerdict(byId('verdict'), statistics, ofAll);
  fillFailures(byId('failures'), statistics, ofAll);
  byId('http-statuses').replaceChildren(...httpStatuses(statistics, ofAction));
  byId('action').replaceChildren(...statistics.actions.map((each) => option(each, each === action)));
  byId('compared').textContent = action.before ? `Compared with ${spanBefore(statistics.window.seconds)}.` : '';
  byId('tiles').replaceChildren(...tiles(statistics, action, ofAction));
  draw(byId('charts'), charts(statistics, action), ofAction, statistics.timeline.bucket_seconds * 1000);
  fillBars(byId('steps'), stepBars(statistics, ofAll));
  fillBars(byId('labels'), labelBars(statistics, ofAll));
  fillActionsTable(byId('actions-table'), statistics.actions, ofAll);
  fillCostTable(byId('cost-table'), statistics);
  byId('cost-note').textContent = costNote(statistics, action);
  byId('footnote').textContent = footnote(statistics);
}

/** @param {Action} action @param {boolean} selected */
const option = ({ name, kind }, selected) =>
  element(
    'option',
    { value: name, selected },
    `${name.split('/').pop()}${kind === 'sequence' ? ' (the whole sequence)' : ''}`,
  );

/** How callers of the sequence learned that it failed. @param {Statistics} statistics @param {import('./tiles.js').Link} link */
function httpStatuses({ actions }, link) {
  const sequence = actions.find(({ kind }) => kind === 'sequence');
  const statuses = sequence?.http_statuses.toSorted((one, other) => one.status - other.status) ?? [];
  const failed = statuses.filter(({ status }) => status >= 400);
  return failed.flatMap(({ status, count: n }) => [
    element(
      'a',
      { href: link({ status: String(status), action: sequence.name }), 'data-status': status },
      `HTTP ${status}: ${count(n)}`,
    ),
    ' ',
  ]);
}

/** @param {Statistics} statistics @param {Action} action */
function costNote({ cost, warm_ups: warmUps }, { image_bytes: image, response_bytes: response }) {
  const started = warmUps.calls
    ? `${counted(warmUps.calls, 'warm-up')}${warmUps.included ? ' among them' : ''} took ${warmUps.included ? '' : 'another '}${gbSeconds(warmUps.gb_seconds)}. `
    : '';
  const sizes = `Photos: p50 ${size(image.p50)}, largest ${size(image.max)}. Replies: p95 ${size(response.p95)}.`;
  return `GB-seconds are memory limit times duration; what idle containers hold is not among them. ${counted(cost.photos, 'photo')} classified. ${started}${sizes}`;
}

/** @param {Statistics} statistics */
function footnote({ percentile_method: method, coverage }) {
  const skewed = coverage.skewed_records
    ? ` ${counted(coverage.skewed_records, 'record')} had negative times, which count as 0 ms.`
    : '';
  return `From ${counted(coverage.records_read, 'activation record')}. Percentiles: ${method}. The duration of a sequence is the time from its start to its end.${skewed}`;
}
