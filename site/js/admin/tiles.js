import { element } from '../shared/element.js';
import { change, count, gbSeconds, ms, perMinute, pointChange, share } from './numbers.js';
import { shortFault } from './outcomes.js';
import { sparkline } from './sparkline.js';
import { isOwn } from './statistics-api.js';

/**
 * The numbers that matter most, of one action: each with its course over the window, the same number of the window
 * before, and a link to the activations behind it.
 *
 * @typedef {import('./statistics-api.js').Action} Action
 * @typedef {import('./statistics-api.js').Statistics} Statistics
 * @typedef {import('./view.js').Changes} Changes
 * @typedef {(changes: Changes) => string} Link
 */

/**
 * @param {Statistics} statistics
 * @param {Action} action
 * @param {Link} link to the list of the action's activations, narrowed
 * @returns {HTMLElement[]} groups of a description list
 */
export function tiles(statistics, action, link) {
  const { activations, outcomes, faults, cold_starts: cold, duration_ms: duration, timeline, before } = action;
  const failed = activations - outcomes.success;
  const rank = (/** @type {'p50' | 'p95' | 'p99'} */ name, /** @type {string} */ note) =>
    tile({
      id: name,
      name: `Duration ${name}`,
      value: ms(duration[name]),
      href: link({ sort: 'duration' }),
      values: timeline[`duration_${name}_ms`],
      notes: [note, change(duration[name], before?.duration_ms[name], ms)],
    });

  return [
    tile({
      id: 'activations',
      name: 'Activations',
      value: count(activations),
      href: link({}),
      values: totals(timeline),
      notes: [
        perMinute(action.activations_per_minute),
        action.warm_ups
          ? `${count(action.warm_ups)} warm-ups ${statistics.warm_ups.included ? 'among them' : 'apart'}`
          : '',
        change(activations, before?.activations, count),
      ],
    }),
    tile({
      id: 'success',
      name: 'Success',
      value: share(action.success_ratio, activations),
      href: link({ outcome: 'success' }),
      values: timeline.success,
      notes: [
        `${count(outcomes.success)} of ${count(activations)}`,
        pointChange(action.success_ratio, before?.success_ratio),
      ],
    }),
    tile({
      id: 'errors',
      name: 'Errors',
      value: count(failed),
      tone: failed ? 'error' : '',
      href: link({ outcome: 'failure' }),
      values: failures(timeline),
      notes: [
        faultLink('caller', faults.caller, link),
        faultLink('service', faults.service, link),
        change(failed, before ? before.activations - before.outcomes.success : null, count),
      ],
    }),
    tile({
      id: 'cold',
      name: 'Cold starts',
      value: share(cold.ratio, cold.n),
      href: link({ start: 'cold' }),
      values: timeline.cold,
      notes: [`${count(cold.count)} of ${count(cold.n)}`, pointChange(cold.ratio, before?.cold_starts.ratio)],
    }),
    rank('p50', `mean ${ms(duration.mean)}`),
    rank('p95', `wait p95 ${ms(action.wait_ms.p95)}`),
    rank('p99', `longest ${ms(duration.max)}`),
    costTile(statistics),
  ];
}

/** @param {Statistics} statistics */
function costTile({ actions, cost, warm_ups: warmUps }) {
  const thousand = cost.gb_seconds_per_thousand_photos;
  return tile({
    id: 'cost',
    name: 'Cost',
    value: gbSeconds(cost.gb_seconds),
    href: '',
    values: costs(actions),
    notes: [
      thousand === null ? '' : `${gbSeconds(thousand)} per 1,000 photos`,
      warmUps.calls ? `${warmUps.included ? 'of them' : 'and'} ${gbSeconds(warmUps.gb_seconds)} for warm-ups` : '',
      change(cost.gb_seconds, costBefore(actions), gbSeconds),
    ],
  });
}

/**
 * GB-seconds of the window before, at the memory limits of now; null where nothing is known of it.
 * @param {Action[]} actions
 */
function costBefore(actions) {
  const known = actions.filter((action) => action.before && action.memory_mb && !isOwn(action));
  const spent = known.map(({ before, memory_mb: memory }) => {
    return held(before.duration_ms.n * before.duration_ms.mean, memory);
  });
  return spent.length ? spent.reduce((sum, each) => sum + each) : null;
}

/** GB-seconds. @param {number} duration in ms @param {number} memory in MB */
const held = (duration, memory) => (duration * memory) / 1000 / 1024;

/**
 * GB-seconds in each bucket of the timeline.
 * @param {Action[]} actions
 */
function costs(actions) {
  const paid = actions.filter((action) => action.memory_mb && !isOwn(action));
  const perBucket = paid.map(({ timeline, memory_mb: memory }) =>
    timeline.duration_total_ms.map((duration) => held(duration, memory)),
  );
  return (perBucket[0] ?? []).map((_, place) => perBucket.reduce((sum, spent) => sum + spent[place], 0));
}

/** @param {{id: string, name: string, value: string, tone?: string, href: string, values: (number | null)[], notes: (string | Node)[]}} facts */
function tile({ id, name, value, tone = '', href, values, notes }) {
  const text = href ? element('a', { href }, value) : value;
  return element(
    'div',
    { class: `panel tile ${tone}`, 'data-tile': id },
    element('dt', { class: 'quiet' }, name),
    element('dd', { class: 'tile-value numeric' }, text),
    element('dd', { class: 'tile-course', 'aria-hidden': 'true' }, values.some(Boolean) ? sparkline(values, tone) : ''),
    element(
      'dd',
      { class: 'tile-note quiet numeric' },
      ...notes.filter(Boolean).map((note) => element('span', {}, note)),
    ),
  );
}

/** @param {'caller' | 'service'} fault @param {number} number @param {Link} link */
const faultLink = (fault, number, link) =>
  element('a', { href: link({ fault }), 'data-fault': fault }, `${shortFault(fault)}: ${count(number)}`);

/** @param {import('./statistics-api.js').Timeline} timeline */
const totals = (timeline) => timeline.cold.map((cold, place) => cold + timeline.warm[place]);

/** @param {import('./statistics-api.js').Timeline} timeline */
export const failures = (timeline) => totals(timeline).map((total, place) => total - timeline.success[place]);
