import { element } from '../shared/element.js';
import { listen } from './zoom.js';

/**
 * Draws chart data with Chart.js, and writes the same as a table for who does not see the drawing. A bar, a point and a
 * cell lead to the activations that they count; a drag over time zooms in.
 *
 * @typedef {import('./chart-data.js').ChartData} ChartData
 * @typedef {import('./view.js').Changes} Changes
 * @typedef {(changes: Changes) => string} Link
 * @typedef {{figure: HTMLElement, canvas: HTMLCanvasElement, chart: any, data: ChartData, link: Link, bucketMs: number}} Drawn
 */

const LIBRARY = '../../vendor/chart.umd.min.js';

/** Half of the page's bytes, which nobody needs before signing in. @type {Promise<unknown> | undefined} */
let library;

/** @returns {Promise<any>} Chart.js, which defines a global variable */
export async function loadCharts() {
  library ??= import(LIBRARY);
  await library;
  return /** @type {any} */ (globalThis).Chart;
}

const still = matchMedia('(prefers-reduced-motion: reduce)');

/** @type {Map<string, Drawn>} */
const drawn = new Map();

/** @param {HTMLElement} place @param {ChartData[]} all @param {Link} link @param {number} bucketMs */
export function draw(place, all, link, bucketMs) {
  for (const data of all) {
    const known = drawn.get(data.id) ?? create(place, data);
    Object.assign(known, { data, link, bucketMs });
    fill(known);
  }
}

export function clearCharts() {
  for (const { chart, figure } of drawn.values()) {
    chart?.destroy();
    figure.remove();
  }
  drawn.clear();
}

/** Colours come from the style sheet, so a new theme needs a new drawing. */
document.addEventListener('themechange', () => {
  for (const known of drawn.values()) paint(known);
});

/** @param {HTMLElement} place @param {ChartData} data @returns {Drawn} */
function create(place, data) {
  const canvas = element('canvas', { role: 'img' });
  const area = element('div', { class: 'chart-area' }, canvas);
  const figure = element(
    'figure',
    { class: `panel chart chart-${data.id}`, id: `chart-${data.id}` },
    element(
      'figcaption',
      {},
      element('h3', { class: 'h6' }, data.title),
      element('p', { class: 'quiet small chart-note' }),
    ),
    area,
    element('p', { class: 'quiet chart-nothing', hidden: true }, 'None in this window.'),
    element(
      'details',
      {},
      element('summary', { class: 'quiet small' }, 'As a table'),
      element('div', { class: 'chart-table', tabindex: 0, role: 'region', 'aria-label': `${data.title}, as a table` }),
    ),
  );
  place.append(figure);
  /** @type {Drawn} */
  const known = { figure, canvas, chart: null, data, link: () => '', bucketMs: 0 };
  listen(area, () => ({
    placeAt: (x) => placeAt(known, x),
    click: (event) => follow(known, event),
    range: known.chart && known.data.starts ? (first, last) => zoom(known, first, last) : null,
  }));
  drawn.set(data.id, known);
  return known;
}

/** @param {Drawn} known @param {number} x */
function placeAt({ chart, data }, x) {
  return Math.min(data.labels.length - 1, Math.max(0, chart.scales.x.getValueForPixel(x)));
}

/** @param {Drawn} known @param {PointerEvent} event */
function follow({ chart, data, link }, event) {
  if (!chart) return;
  const [hit] = chart.getElementsAtEventForMode(event, 'nearest', { intersect: data.type === 'bar' }, false);
  if (hit) location.hash = link({ ...data.places[hit.index], ...data.series[hit.datasetIndex].only });
}

/** @param {Drawn} known @param {number} first @param {number} last places, both included */
function zoom({ data, link, bucketMs }, first, last) {
  const end = new Date(Date.parse(data.starts[last]) + bucketMs - 1);
  location.hash = link({ since: data.starts[first], upto: end.toISOString() });
}

/** @param {Drawn} known */
function fill(known) {
  const { figure, canvas, data } = known;
  const nothing = !data.series.some((series) => series.values.some(Boolean));
  figure.querySelector('.chart-note').textContent = data.note;
  canvas.setAttribute('aria-label', `${data.title}. ${data.note}. The table below has the numbers.`);
  figure.querySelector('.chart-nothing').toggleAttribute('hidden', !nothing);
  for (const selector of ['.chart-area', 'details']) figure.querySelector(selector).toggleAttribute('hidden', nothing);
  figure.querySelector('.chart-table').replaceChildren(table(known));
  paint(known);
}

/** @param {Drawn} known */
async function paint(known) {
  const Chart = await loadCharts().catch(() => null);
  if (!Chart) return showTable(known);
  if (drawn.get(known.data.id) !== known) return; // somebody signed out meanwhile
  const settings = { type: known.data.type, data: datasets(known.data), options: options(known.data) };
  if (!known.chart) {
    known.chart = new Chart(known.canvas, settings);
    return;
  }
  Object.assign(known.chart.data, settings.data);
  known.chart.options = settings.options;
  known.chart.update('none');
}

/** The numbers are there even if the library that draws them did not arrive. @param {Drawn} known */
function showTable({ figure }) {
  figure.querySelector('.chart-area').toggleAttribute('hidden', true);
  figure.querySelector('details').open = true;
}

/** @param {string} property */
const color = (property) => getComputedStyle(document.documentElement).getPropertyValue(property).trim();

/** @param {ChartData} data */
function datasets({ labels, series, stacked }) {
  return {
    labels,
    datasets: series.map((each) => ({
      label: each.name,
      data: each.values,
      backgroundColor: color(each.color),
      borderColor: color(each.color),
      borderWidth: each.width ?? 0,
      borderRadius: stacked ? 1 : 3,
      categoryPercentage: 0.9,
      maxBarThickness: 28,
      borderJoinStyle: 'round',
      pointRadius: each.width ? Math.max(2, each.width / 2) : 0,
      spanGaps: true,
    })),
  };
}

/** @param {ChartData} data */
function options({ stacked = false, logarithmic = false, series, format }) {
  const axis = {
    ticks: { color: color('--text-quiet'), maxRotation: 0, autoSkipPadding: 14 },
    border: { display: false },
  };
  const scale = logarithmic ? { type: 'logarithmic' } : { stacked, beginAtZero: true };
  const numbers = {
    ...axis,
    ...scale,
    grid: { color: color('--line') },
    ticks: { ...axis.ticks, precision: 0, maxTicksLimit: 5, callback: format },
  };
  return {
    animation: still.matches ? false : { duration: 250 },
    maintainAspectRatio: false,
    interaction: { mode: 'index', axis: 'x', intersect: false },
    scales: { x: { ...axis, stacked, grid: { display: false } }, y: numbers },
    plugins: {
      legend: {
        display: series.length > 1,
        position: 'bottom',
        labels: {
          color: color('--bs-body-color'),
          boxWidth: 10,
          boxHeight: 10,
          useBorderRadius: true,
          borderRadius: 3,
        },
      },
      tooltip: { callbacks: { label: (/** @type {any} */ item) => ` ${item.dataset.label}: ${format(item.raw)}` } },
    },
  };
}

/** Rows without any number are left out: a quiet hour has many. @param {Drawn} known */
function table({ data: { heading, labels, places, series, format }, link }) {
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, heading),
    ...series.map((each) => element('th', { scope: 'col', class: 'number' }, each.name)),
  );
  const cell =
    (/** @type {number} */ place) =>
    (/** @type {import('./chart-data.js').Series} */ { values, only }) => {
      const text = format(values[place]);
      const content = values[place] ? element('a', { href: link({ ...places[place], ...only }) }, text) : text;
      return element('td', { class: 'number' }, content);
    };
  const rows = labels
    .map((label, place) => ({ label, place }))
    .filter(({ place }) => series.some(({ values }) => values[place]))
    .map(({ label, place }) => element('tr', {}, element('th', { scope: 'row' }, label), ...series.map(cell(place))));
  return element('table', { class: 'table-plain' }, element('thead', {}, head), element('tbody', {}, ...rows));
}
