/**
 * What the page shows, as the fragment of its address holds it: it survives a reload and can be sent to somebody.
 *
 * `window` is a name, or `since` and `upto` (ISO 8601) bound the time. `action` is whose numbers are shown. FILTERS narrow
 * the list of activations. `activation` is the id of one that is looked at.
 *
 * @typedef {'window' | 'since' | 'upto' | 'action' | 'outcome' | 'fault' | 'code' | 'status' | 'start' | 'label' | 'tenth'
 *   | 'bucket' | 'sort' | 'warm_ups' | 'activation'} Field
 * @typedef {Partial<Record<Field, string>>} View
 * @typedef {Partial<Record<Field, string | null>>} Changes null removes a field
 */

const WINDOWS = ['15m', '1h', '24h', '7d'];
const USUAL = '1h';

/** @type {Field[]} */
export const FILTERS = ['outcome', 'fault', 'code', 'status', 'start', 'label', 'tenth', 'bucket'];

/** @type {Field[]} */
const KNOWN = ['window', 'since', 'upto', 'action', ...FILTERS, 'sort', 'warm_ups', 'activation'];

/** @type {Changes} */
export const UNFILTERED = Object.fromEntries(FILTERS.map((name) => [name, null]));

/** @param {string} hash @returns {View} with a window or both bounds; what is not understood is left out */
export function parseView(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  /** @type {View} */
  const view = Object.fromEntries(KNOWN.map((name) => [name, fields.get(name)]).filter(([, value]) => value));
  const { since, upto, window, ...others } = view;

  if (Date.parse(since) < Date.parse(upto)) return { since, upto, ...others };
  return { window: WINDOWS.includes(window) ? window : USUAL, ...others };
}

/** @param {View} view @param {Changes} changes @returns {string} the link to `view` with `changes` */
export function href(view, changes) {
  const merged = { ...view, ...changes };
  if (changes.window) merged.since = merged.upto = merged.bucket = null;
  if (changes.since) merged.window = merged.bucket = null;
  const fields = KNOWN.filter((name) => merged[name]).map((name) => [name, merged[name]]);
  return `#${new URLSearchParams(fields).toString().replaceAll('%3A', ':').replaceAll('%2F', '/')}`;
}

/** @param {View} view @returns {Record<string, string>} what the action `statistics` is asked for */
export function query({ window, since, upto, warm_ups: warmUps }) {
  const time = since ? { since, upto } : { window };
  return { ...time, ...(warmUps ? { warm_ups: 'true' } : {}) };
}

/** Whether the time of the view is past, so that nothing new can happen in it. @param {View} view */
export const isOver = ({ upto }) => Date.parse(upto) < Date.now();
