import { count, ms, tick } from './numbers.js';
import { colorOf, nameOf, OUTCOMES } from './outcomes.js';
import { isOwn } from './statistics-api.js';

/**
 * What each chart shows, as plain lists: the same lists become the drawing and the table beside it.
 *
 * @typedef {{name: string, color: string, values: (number | null)[], dashed?: boolean}} Series
 *   `color` is a custom property of css/admin.css; a dashed line lets another one under it be seen
 * @typedef {object} ChartData
 * @property {string} id
 * @property {string} title
 * @property {string} note
 * @property {'bar' | 'line'} type
 * @property {boolean} [stacked]
 * @property {boolean} [horizontal]
 * @property {boolean} [logarithmic]
 * @property {string} heading of the first column
 * @property {string[]} labels
 * @property {Series[]} series
 * @property {(value: number | null) => string} format
 */

/**
 * @param {import('./statistics-api.js').Statistics} statistics
 * @param {import('./statistics-api.js').Action} action whose numbers are asked for
 * @returns {ChartData[]}
 */
export function charts(statistics, action) {
  return [
    outcomes(statistics, action),
    latency(statistics, action),
    steps(statistics),
    warmth(statistics, action),
    labels(statistics),
    confidence(statistics),
    errors(action),
  ];
}

/** @param {import('./statistics-api.js').Statistics} statistics */
const buckets = ({ timeline }) => timeline.bucket_starts.map((start) => tick(start, timeline.bucket_seconds));

/** @param {import('./statistics-api.js').Statistics} statistics @param {import('./statistics-api.js').Action} action @returns {ChartData} */
function outcomes(statistics, action) {
  const series = OUTCOMES.map((outcome) => ({
    name: nameOf(outcome),
    color: colorOf(outcome),
    values: action.timeline[outcome],
  }));
  return {
    id: 'outcomes',
    title: 'Outcomes',
    note: 'Activations over time',
    type: 'bar',
    stacked: true,
    heading: 'From',
    labels: buckets(statistics),
    series,
    format: count,
  };
}

/** @param {import('./statistics-api.js').Statistics} statistics @param {import('./statistics-api.js').Action} action @returns {ChartData} */
function latency(statistics, action) {
  const { timeline } = action;
  const series = [
    { name: 'p50', color: '--series-1', values: timeline.duration_p50_ms },
    { name: 'p95', color: '--series-2', dashed: true, values: timeline.duration_p95_ms },
    { name: 'p99', color: '--series-3', values: timeline.duration_p99_ms },
  ];
  return {
    id: 'latency',
    title: 'Duration',
    note: 'Percentiles over time, logarithmic',
    type: 'line',
    logarithmic: true,
    heading: 'From',
    labels: buckets(statistics),
    series,
    format: ms,
  };
}

/** @param {import('./statistics-api.js').Statistics} statistics @returns {ChartData} */
function steps(statistics) {
  const own = statistics.actions.filter((each) => each.kind !== 'sequence' && !isOwn(each));
  const mean = (/** @type {'wait' | 'init' | 'run'} */ part) =>
    own.map((each) => Math.round((each.time_total_ms[part] / each.activations) * 100) / 100);
  const series = [
    { name: 'Wait', color: '--part-wait', values: mean('wait') },
    { name: 'Initialization', color: '--part-init', values: mean('init') },
    { name: 'Run', color: '--part-run', values: mean('run') },
  ];
  const names = own.map((each) => each.name.split('/').pop());
  return {
    id: 'steps',
    title: 'Where the time goes',
    note: 'Mean per activation of each step',
    type: 'bar',
    stacked: true,
    horizontal: true,
    heading: 'Step',
    labels: names,
    series,
    format: ms,
  };
}

/** @param {import('./statistics-api.js').Statistics} statistics @param {import('./statistics-api.js').Action} action @returns {ChartData} */
function warmth(statistics, action) {
  const series = [
    { name: 'Warm', color: '--warm-start', values: action.timeline.warm },
    { name: 'Cold', color: '--cold-start', values: action.timeline.cold },
  ];
  const note =
    action.kind === 'sequence'
      ? 'Cold: one or more steps had to start a container'
      : 'Cold: a container had to be started';
  return {
    id: 'warmth',
    title: 'Cold and warm starts',
    note,
    type: 'bar',
    stacked: true,
    heading: 'From',
    labels: buckets(statistics),
    series,
    format: count,
  };
}

/** @param {import('./statistics-api.js').Statistics} statistics @returns {ChartData} */
function labels({ labels: found }) {
  const top = found.slice(0, 10);
  const series = [{ name: 'Replies', color: '--series-1', values: top.map((each) => each.count) }];
  return {
    id: 'labels',
    title: 'Top labels',
    note: 'First label of each reply',
    type: 'bar',
    horizontal: true,
    heading: 'Label',
    labels: top.map((each) => each.label),
    series,
    format: count,
  };
}

/** @param {import('./statistics-api.js').Statistics} statistics @returns {ChartData} */
function confidence({ confidence: { bins, n } }) {
  const series = [{ name: 'Replies', color: '--series-1', values: n ? bins.map((bin) => bin.count) : [] }];
  const names = bins.map((bin) => `${Math.round(bin.from * 100)}–${Math.round(bin.to * 100)} %`);
  return {
    id: 'confidence',
    title: 'Confidence',
    note: 'Probability of the first label',
    type: 'bar',
    heading: 'Probability',
    labels: n ? names : [],
    series,
    format: count,
  };
}

/** @param {import('./statistics-api.js').Action} action @returns {ChartData} */
function errors({ error_codes: codes }) {
  const series = [
    { name: 'Activations', color: '--outcome-action-developer-error', values: codes.map((each) => each.count) },
  ];
  return {
    id: 'errors',
    title: 'Error codes',
    note: 'Why activations failed',
    type: 'bar',
    horizontal: true,
    heading: 'Code',
    labels: codes.map((each) => each.code),
    series,
    format: count,
  };
}
