import { count, ms, tick } from './numbers.js';
import { isOwn } from './statistics-api.js';
import { failures } from './tiles.js';

/**
 * What each chart shows, as plain lists: the same lists become the drawing and the table beside it.
 *
 * @typedef {import('./statistics-api.js').Statistics} Statistics
 * @typedef {import('./statistics-api.js').Action} Action
 * @typedef {import('./view.js').Changes} Changes
 *
 * @typedef {object} Series
 * @property {string} name
 * @property {string} color a custom property of css/admin.css
 * @property {(number | null)[]} values
 * @property {number} [width] of a line, in pixels
 * @property {Changes} [only] narrows the list of activations to what this series counts
 *
 * @typedef {object} ChartData
 * @property {string} id
 * @property {string} title
 * @property {string} note
 * @property {'bar' | 'line'} type
 * @property {boolean} [stacked]
 * @property {boolean} [logarithmic]
 * @property {string} heading of the first column
 * @property {string[]} labels
 * @property {Changes[]} places what the list of activations is narrowed to at each label
 * @property {string[]} [starts] of a chart over time: where each place begins
 * @property {Series[]} series
 * @property {(value: number | null) => string} format
 */

/** @param {Statistics} statistics @param {Action} action whose numbers are asked for @returns {ChartData[]} */
export function charts(statistics, action) {
  return [
    outcomes(statistics, action),
    latency(statistics, action),
    warmth(statistics, action),
    confidence(statistics),
  ];
}

/** @param {Statistics} statistics */
function overTime({ timeline }) {
  const starts = timeline.bucket_starts;
  return {
    heading: 'From',
    labels: starts.map((start) => tick(start, timeline.bucket_seconds)),
    places: starts.map((bucket) => ({ bucket })),
    starts,
  };
}

/** @param {Statistics} statistics @param {Action} action @returns {ChartData} */
function outcomes(statistics, { timeline }) {
  return {
    id: 'outcomes',
    title: 'Outcomes',
    note: 'Activations over time',
    type: 'bar',
    stacked: true,
    ...overTime(statistics),
    series: [
      { name: 'Success', color: '--success', values: timeline.success, only: { outcome: 'success' } },
      { name: 'Errors', color: '--error', values: failures(timeline), only: { outcome: 'failure' } },
    ],
    format: count,
  };
}

/** The widest line lies lowest, so that all can be seen where they coincide. @param {Statistics} statistics @param {Action} action @returns {ChartData} */
function latency(statistics, { timeline }) {
  const only = { sort: 'duration' };
  return {
    id: 'latency',
    title: 'Duration',
    note: 'Percentiles over time, logarithmic',
    type: 'line',
    logarithmic: true,
    ...overTime(statistics),
    series: [
      { name: 'p50', color: '--p50', width: 2, values: timeline.duration_p50_ms, only },
      { name: 'p95', color: '--p95', width: 2, values: timeline.duration_p95_ms, only },
      { name: 'p99', color: '--p99', width: 8, values: timeline.duration_p99_ms, only },
    ],
    format: ms,
  };
}

/** @param {Statistics} statistics @param {Action} action @returns {ChartData} */
function warmth(statistics, { kind, timeline }) {
  return {
    id: 'warmth',
    title: 'Cold and warm starts',
    note: kind === 'sequence' ? 'Cold: a container was started for a step' : 'Cold: a container was started',
    type: 'bar',
    stacked: true,
    ...overTime(statistics),
    series: [
      { name: 'Warm', color: '--warm-start', values: timeline.warm, only: { start: 'warm' } },
      { name: 'Cold', color: '--cold-start', values: timeline.cold, only: { start: 'cold' } },
    ],
    format: count,
  };
}

/** @param {Statistics} statistics @returns {ChartData} */
function confidence({ confidence: { bins, n } }) {
  const shown = n ? bins : [];
  return {
    id: 'confidence',
    title: 'Confidence',
    note: 'Probability of the first label',
    type: 'bar',
    heading: 'Probability',
    labels: shown.map(({ from, to }) => `${Math.round(from * 100)}–${Math.round(to * 100)} %`),
    places: shown.map((_bin, place) => ({ tenth: String(place), action: null })),
    series: [{ name: 'Replies', color: '--accent', values: shown.map((bin) => bin.count) }],
    format: count,
  };
}

/** @param {Statistics} statistics @param {import('./tiles.js').Link} link @returns {import('./bars.js').Bar[]} */
export function labelBars({ labels }, link) {
  return labels.slice(0, 10).map((each) => ({
    name: each.label,
    href: link({ label: each.label, action: null }),
    parts: [{ name: 'Replies', color: '--accent', value: each.count }],
    text: count(each.count),
  }));
}

/** Mean wait, initialization and run of each step. @param {Statistics} statistics @param {import('./tiles.js').Link} link @returns {import('./bars.js').Bar[]} */
export function stepBars({ actions }, link) {
  const steps = actions.filter(({ name, kind }) => kind !== 'sequence' && !isOwn({ name }));
  return steps.map(({ name, activations, time_total_ms: time }) => {
    const parts = [
      { name: 'wait', color: '--part-wait', value: time.wait / activations },
      { name: 'init', color: '--part-init', value: time.init / activations },
      { name: 'run', color: '--part-run', value: time.run / activations },
    ];
    const text = parts.map((part) => `${part.name} ${ms(part.value)}`).join(', ');
    return { name: name.split('/').pop(), href: link({ action: name }), parts, text };
  });
}
