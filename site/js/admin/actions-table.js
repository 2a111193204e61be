import { element } from '../shared/element.js';
import { count, ms, share } from './numbers.js';

/**
 * One row for each action.
 *
 * @typedef {import('./statistics-api.js').Action} Action
 * @type {{name: string, long?: string, value: (action: Action) => string}[]}
 */
const COLUMNS = [
  { name: 'Activations', value: (action) => count(action.activations) },
  { name: 'Success', value: (action) => share(action.success_ratio, action.activations) },
  { name: 'Application', long: 'Application errors', value: (action) => count(action.outcomes.application_error) },
  {
    name: 'Developer',
    long: 'Developer errors: crashes, time-outs',
    value: (action) => count(action.outcomes.action_developer_error),
  },
  { name: 'Platform', long: 'Platform errors', value: (action) => count(action.outcomes.whisk_internal_error) },
  { name: 'Cold', long: 'Cold starts', value: (action) => count(action.cold_starts.count) },
  { name: 'p50', long: 'Duration, p50', value: (action) => ms(action.duration_ms.p50) },
  { name: 'p95', long: 'Duration, p95', value: (action) => ms(action.duration_ms.p95) },
  { name: 'p99', long: 'Duration, p99', value: (action) => ms(action.duration_ms.p99) },
  { name: 'Longest', long: 'Longest duration', value: (action) => ms(action.duration_ms.max) },
  { name: 'Wait p95', value: (action) => ms(action.wait_ms.p95) },
  { name: 'Init p95', long: 'Initialization of cold starts, p95', value: (action) => ms(action.init_ms.p95) },
];

/** @param {HTMLTableElement} table @param {Action[]} actions */
export function fillActionsTable(table, actions) {
  const head = COLUMNS.map(({ name, long }) =>
    element('th', { scope: 'col', class: 'number' }, long ? element('abbr', { title: long }, name) : name),
  );
  const rows = actions.map((action) =>
    element(
      'tr',
      { 'data-action': action.name },
      element(
        'th',
        { scope: 'row' },
        action.name.split('/').pop(),
        ' ',
        element('span', { class: 'quiet kind' }, action.kind),
      ),
      ...COLUMNS.map(({ name, value }) => element('td', { class: 'number', 'data-column': name }, value(action))),
    ),
  );
  table.replaceChildren(
    element('caption', { class: 'visually-hidden' }, 'Statistics of each action in the window'),
    element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'Action'), ...head)),
    element('tbody', {}, ...rows),
  );
}
