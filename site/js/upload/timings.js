import { element } from '../shared/element.js';
import { duration } from '../shared/words.js';

/**
 * Where the time went, as a small waterfall.
 *
 * @typedef {{name: string, ms: number, platform?: boolean, cold?: boolean}} Span
 */

const WORTH_A_ROW_MS = 10;

/**
 * What the steps do not account for is network, gateway, queue and the start of containers: the reply cannot tell them apart.
 *
 * @param {import('./api.js').Reply} reply
 * @param {import('./visit.js').Elapsed} elapsedMs
 * @returns {Span[]} in the order of time
 */
export function spans(reply, { prepare, wait = 0, request }) {
  const { timings_ms: times, steps: names = Object.keys(times) } = reply;
  const steps = names.map((name) => ({ name, ms: times[name], cold: reply.cold.includes(name) }));
  const inside = steps.reduce((sum, step) => sum + step.ms, 0);
  const outside = { name: 'network and platform', ms: Math.max(0, request - inside), platform: true };
  const waiting = wait < WORTH_A_ROW_MS ? [] : [{ name: 'waiting for the functions', ms: wait, platform: true }];
  return [{ name: 'shrink, in this browser', ms: prepare }, ...waiting, ...steps, outside];
}

/** @param {import('./visit.js').Photo} photo one that is done @returns {HTMLElement[]} */
export function timings(photo) {
  const { reply, activationId } = photo.classified;
  const all = spans(reply, photo.elapsedMs);
  const total = all.reduce((sum, span) => sum + span.ms, 0) || 1;
  let start = 0;
  const rows = all.map((span) => {
    const row = timelineRow(span, start / total, span.ms / total);
    start += span.ms;
    return row;
  });
  return [element('ol', { class: 'timeline' }, ...rows), facts(reply, activationId, total)];
}

/** @param {Span} span @param {number} start 0 to 1 @param {number} length 0 to 1 */
function timelineRow(span, start, length) {
  const fill = element('div', { class: span.platform ? 'timeline-fill platform' : 'timeline-fill' });
  fill.style.marginInlineStart = `${start * 100}%`;
  fill.style.width = `${length * 100}%`;
  const name = element('span', {}, span.name, span.cold ? element('span', { class: 'badge-cold' }, 'cold start') : '');
  const track = element('div', { class: 'timeline-track', 'aria-hidden': 'true' }, fill);
  return element('li', {}, name, track, element('span', { class: 'numeric number' }, duration(span.ms)));
}

/** @param {import('./api.js').Reply} reply @param {string | null} activationId @param {number} total ms */
function facts({ model, cold }, activationId, total) {
  const warmth = cold.length ? `cold start of ${cold.join(', ')}` : 'all functions were warm';
  const text = element('p', { class: 'facts quiet' }, `${duration(total)} in all; ${warmth}. `);
  text.append(`Model ${model.name} ${model.version}, weights ${model.weights}, ${model.runtime}, `);
  text.append(element('code', { title: `SHA-256 ${model.sha256}` }, `sha256 ${model.sha256.slice(0, 12)}…`));
  if (activationId) text.append(', activation ', activationLink(activationId));
  return text;
}

/** To the call on the statistics page. @param {string} id */
export const activationLink = (id) => element('a', { href: `admin.html#activation=${id}` }, element('code', {}, id));
