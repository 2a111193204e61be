import { element } from '../shared/element.js';
import { count, gbSeconds, ms, share } from './numbers.js';
import { isOwn } from './statistics-api.js';

/**
 * Tables with one row for each action: what it did, and what it cost.
 *
 * @typedef {import('./statistics-api.js').Action} Action
 * @typedef {import('./view.js').Changes} Changes
 * @typedef {import('./tiles.js').Link} Link
 * @typedef {{name: string, long?: string, value: (action: Action) => string, only?: Changes}} Column
 *   `only` narrows the list of activations to what the cell counts
 */

/** @type {Column[]} */
const COLUMNS = [
  { name: 'Activations', value: (action) => count(action.activations), only: {} },
  { name: 'Success', value: (action) => share(action.success_ratio, action.activations), only: { outcome: 'success' } },
  {
    name: 'Application',
    long: 'Application errors: the action answered with an error',
    value: (action) => count(action.outcomes.application_error),
    only: { outcome: 'application_error' },
  },
  {
    name: 'Developer',
    long: 'Developer errors: crashes, time-outs',
    value: (action) => count(action.outcomes.action_developer_error),
    only: { outcome: 'action_developer_error' },
  },
  {
    name: 'Platform',
    long: 'Platform errors',
    value: (action) => count(action.outcomes.whisk_internal_error),
    only: { outcome: 'whisk_internal_error' },
  },
  { name: 'Cold', long: 'Cold starts', value: (action) => count(action.cold_starts.count), only: { start: 'cold' } },
  { name: 'p50', long: 'Duration, p50', value: (action) => ms(action.duration_ms.p50) },
  { name: 'p95', long: 'Duration, p95', value: (action) => ms(action.duration_ms.p95) },
  { name: 'p99', long: 'Duration, p99', value: (action) => ms(action.duration_ms.p99) },
  { name: 'Longest', long: 'Longest duration', value: (action) => ms(action.duration_ms.max) },
  { name: 'Wait p95', value: (action) => ms(action.wait_ms.p95) },
  { name: 'Init p95', long: 'Initialization of cold starts, p95', value: (action) => ms(action.init_ms.p95) },
];

/** @param {HTMLTableElement} table @param {Action[]} actions @param {Link} link */
export function fillActionsTable(table, actions, link) {
  const rows = actions.map((action) =>
    element(
      'tr',
      { 'data-action': action.name },
      rowHead(action.name.split('/').pop(), action.kind),
      ...COLUMNS.map((column) => cell(column, action, link)),
    ),
  );
  fill(table, 'Statistics of each action in the window', COLUMNS, rows);
}

/**
 * What the containers held, in GB-seconds. A sequence has no container of its own.
 * @param {HTMLTableElement} table @param {import('./statistics-api.js').Statistics} statistics
 */
export function fillCostTable(table, { actions, cost }) {
  const perThousand = (/** @type {number | null} */ value) =>
    value === null || !cost.photos ? gbSeconds(null) : gbSeconds((value / cost.photos) * 1000);
  const own = actions.filter(({ kind }) => kind !== 'sequence');
  const rows = own.map(({ name, kind, memory_mb: memory, gb_seconds: spent }) =>
    element(
      'tr',
      { 'data-action': name },
      rowHead(name.split('/').pop(), kind),
      number('Memory limit', memory === null ? '–' : `${count(memory)} MB`),
      number('GB-s', gbSeconds(spent)),
      number('Per 1,000 photos', perThousand(isOwn({ name }) ? null : spent)),
    ),
  );
  const sum = element(
    'tr',
    { class: 'sum' },
    rowHead('Sum', 'without statistics'),
    number('Memory limit', ''),
    number('GB-s', gbSeconds(cost.gb_seconds)),
    number('Per 1,000 photos', gbSeconds(cost.gb_seconds_per_thousand_photos)),
  );
  const columns = [
    { name: 'Memory limit' },
    { name: 'GB-s', long: 'Memory limit times duration' },
    { name: 'Per 1,000 photos' },
  ];
  fill(table, 'Cost of each action in the window', columns, [...rows, sum]);
}

/** @param {HTMLTableElement} table @param {string} caption @param {{name: string, long?: string}[]} columns @param {HTMLElement[]} rows */
function fill(table, caption, columns, rows) {
  const head = columns.map(({ name, long }) =>
    element('th', { scope: 'col', class: 'number' }, long ? element('abbr', { title: long }, name) : name),
  );
  table.replaceChildren(
    element('caption', { class: 'visually-hidden' }, caption),
    element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'Action'), ...head)),
    element('tbody', {}, ...rows),
  );
}

/** @param {string} name @param {string} kind */
const rowHead = (name, kind) =>
  element('th', { scope: 'row' }, name, ' ', element('span', { class: 'quiet kind' }, kind));

/** @param {Column} column @param {Action} action @param {Link} link */
function cell({ name, value, only }, action, link) {
  const text = value(action);
  const isLink = only && text !== '0';
  return number(name, isLink ? element('a', { href: link({ ...only, action: action.name }) }, text) : text);
}

/** @param {string} column @param {string | Node} content */
const number = (column, content) => element('td', { class: 'number', 'data-column': column }, content);
