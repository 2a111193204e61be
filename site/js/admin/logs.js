import { element } from '../shared/element.js';
import { preciseTime } from './numbers.js';

/**
 * Log lines as the platform stores them: `<time> <stream>: <text>`, or `<time> <text>` of a standalone OpenWhisk, which
 * keeps stdout only.
 *
 * @typedef {{at: string | null, stream: string, text: string}} Line
 */

const LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) +(?:(stdout|stderr): ?)?(.*)$/s;

/** @param {string} line @returns {Line} */
export function parseLine(line) {
  const [, at = null, stream = 'stdout', text = line] = LINE.exec(line) ?? [];
  return { at, stream, text };
}

/** @param {string} name of the action @param {string[]} lines @returns {HTMLElement} */
export function logView(name, lines) {
  if (!lines.length) return element('p', { class: 'quiet small' }, 'No log lines.');
  const label = `Logs of ${name}`;
  return element('ol', { class: 'log', tabindex: 0, 'aria-label': label }, ...lines.map(parseLine).map(row));
}

/** @param {Line} line */
function row({ at, stream, text }) {
  return element(
    'li',
    { class: stream },
    element('time', { class: 'quiet numeric', datetime: at }, at ? preciseTime(at) : ''),
    element('span', { class: 'log-text' }, stream === 'stderr' ? element('b', {}, 'stderr ') : '', content(text)),
  );
}

/** A line that is a JSON object is shown as its fields. @param {string} text */
function content(text) {
  const fields = jsonObject(text);
  if (!fields) return text;
  const entries = Object.entries(fields).flatMap(([name, value]) => [
    element('dt', { class: 'quiet' }, name),
    element('dd', {}, typeof value === 'string' ? value : JSON.stringify(value)),
  ]);
  return element('dl', { class: 'log-fields' }, ...entries);
}

/** @param {string} text @returns {Record<string, unknown> | null} */
function jsonObject(text) {
  if (!text.startsWith('{')) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
