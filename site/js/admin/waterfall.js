import { element } from '../shared/element.js';
import { ms } from './numbers.js';
import { outcomeBadge } from './outcomes.js';

/**
 * An activation's steps on one time axis: each waits, perhaps initializes, and runs.
 *
 * @typedef {import('./statistics-api.js').Span} Span
 * @typedef {import('./statistics-api.js').Trace['activation']} Activation
 */

const PARTS = /** @type {const} */ (['wait', 'init', 'run']);
const NAMES = { wait: 'wait', init: 'init', run: 'run' };

/** @param {Activation} call @returns {HTMLElement} */
export function waterfall(call) {
  const spans = call.components.length ? call.components : [call];
  const from = Math.min(0, ...spans.map((span) => span.offset_ms - (span.wait_ms ?? 0)));
  const upto = Math.max(1, ...spans.map((span) => span.offset_ms + span.duration_ms), call.duration_ms);
  const rows = spans.map((span) => row(span, from, upto - from));
  const legend = element(
    'p',
    { class: 'waterfall-legend quiet small', 'aria-hidden': 'true' },
    ...PARTS.map((part) => element('span', { class: `dot part-${part}` }, NAMES[part])),
  );
  return element('div', { class: 'waterfall' }, element('ol', { 'aria-label': 'Steps' }, ...rows), legend);
}

/** @param {Span} span @param {number} from ms @param {number} length ms */
function row(span, from, length) {
  const wait = span.wait_ms ?? 0;
  const init = span.init_ms ?? 0;
  const track = element('div', { class: 'waterfall-track', 'aria-hidden': 'true' });
  let at = span.offset_ms - wait;
  for (const [part, duration] of /** @type {const} */ ([
    ['wait', wait],
    ['init', init],
    ['run', span.run_ms],
  ])) {
    if (duration > 0) track.append(bar(part, (at - from) / length, duration / length));
    at += duration;
  }
  const name = element('span', { class: 'waterfall-name' }, span.name.split('/').pop());
  if (span.outcome !== 'success') name.append(' ', outcomeBadge(span));
  return element('li', {}, name, track, element('span', { class: 'waterfall-times numeric small' }, times(span)));
}

/** @param {string} part @param {number} start 0 to 1 @param {number} length 0 to 1 */
function bar(part, start, length) {
  const node = element('i', { class: `part-${part}` });
  node.style.insetInlineStart = `${start * 100}%`;
  node.style.width = `${length * 100}%`;
  return node;
}

/** @param {Span} span */
function times(span) {
  const parts = { wait: span.wait_ms, init: span.init_ms, run: span.run_ms };
  return PARTS.filter((part) => parts[part] !== null)
    .map((part) => `${NAMES[part]} ${ms(parts[part])}`)
    .join(', ');
}
