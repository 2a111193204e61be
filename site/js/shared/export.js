import { element } from './element.js';

/** The results of this visit as files. */

const COLUMNS = [
  'name',
  'state',
  'rank',
  'label',
  'wnid',
  'probability',
  'weights',
  'request_ms',
  'activation_id',
  'problem',
];

/**
 * @param {import('../upload/visit.js').Photo[]} photos
 * @param {(reply: import('../upload/api.js').Reply) => {predictions: import('../upload/api.js').Prediction[]}} listed the labels to write
 * @returns {string} one line per label
 */
export function toCsv(photos, listed) {
  const rows = photos.flatMap((photo) =>
    photo.classified ? labelRows(photo, listed(photo.classified.reply).predictions) : [failedRow(photo)],
  );
  return csv([COLUMNS, ...rows]);
}

/** @param {unknown[][]} rows @returns {string} RFC 4180 */
export const csv = (rows) => rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');

/** @param {import('../upload/visit.js').Photo} photo @param {import('../upload/api.js').Prediction[]} predictions */
function labelRows({ name, state, classified, elapsedMs }, predictions) {
  const { reply, activationId } = classified;
  return predictions.map(({ rank, label, wnid, probability }) => [
    name,
    state,
    rank,
    label,
    wnid,
    probability,
    reply.model.weights,
    Math.round(elapsedMs.request),
    activationId ?? '',
    '',
  ]);
}

/** No label, and none of what belongs to one. @param {import('../upload/visit.js').Photo} photo */
function failedRow({ name, state, failure }) {
  return [name, state, '', '', '', '', '', '', failure?.activationId ?? '', failure?.code ?? ''];
}

/** Spreadsheets run what begins like a formula; a file's name is not ours to trust. @param {unknown} value */
function cell(value) {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param {import('../upload/visit.js').Photo[]} photos @returns {string} */
export function toJson(photos) {
  const results = photos.map(({ name, state, classified, failure }) => ({
    name,
    state,
    ...(classified ? { activation_id: classified.activationId, reply: classified.reply } : {}),
    ...(failure ? { activation_id: failure.activationId, problem: problemOf(failure) } : {}),
  }));
  return `${JSON.stringify(results, null, 2)}\n`;
}

/** @param {import('./failure.js').Failure} failure */
const problemOf = ({ code, title, detail }) => ({ code, title, detail });

/** @param {string} name @param {string} type @param {string} text */
export function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  element('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
