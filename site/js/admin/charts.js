import { element } from '../shared/element.js';

/**
 * Draws chart data with Chart.js, and writes the same as a table for who does not see the drawing.
 *
 * @typedef {import('./chart-data.js').ChartData} ChartData
 * @typedef {{figure: HTMLElement, canvas: HTMLCanvasElement, chart: any, data: ChartData}} Drawn
 */

const { Chart } = /** @type {any} */ (globalThis);
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** @type {Map<string, Drawn>} */
const drawn = new Map();

/** @param {HTMLElement} place @param {ChartData[]} all */
export function draw(place, all) {
  for (const data of all) {
    const known = drawn.get(data.id) ?? create(place, data);
    known.data = data;
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
  const figure = element(
    'figure',
    { class: `panel chart chart-${data.id}`, id: `chart-${data.id}` },
    element(
      'figcaption',
      {},
      element('h2', { class: 'h6' }, data.title),
      element('p', { class: 'quiet small chart-note' }),
    ),
    element('div', { class: 'chart-area' }, canvas),
    element('p', { class: 'quiet chart-nothing', hidden: true }, 'None in this window.'),
    element(
      'details',
      {},
      element('summary', { class: 'quiet small' }, 'As a table'),
      element('div', { class: 'chart-table', tabindex: 0, role: 'region', 'aria-label': `${data.title}, as a table` }),
    ),
  );
  place.append(figure);
  const known = { figure, canvas, chart: null, data };
  drawn.set(data.id, known);
  return known;
}

/** @param {Drawn} known */
function fill(known) {
  const { figure, canvas, data } = known;
  const nothing = !data.series.some((series) => series.values.some(Boolean));
  figure.querySelector('.chart-note').textContent = data.note;
  canvas.setAttribute('aria-label', `${data.title}. ${data.note}. The table below has the numbers.`);
  figure.querySelector('.chart-nothing').toggleAttribute('hidden', !nothing);
  for (const selector of ['.chart-area', 'details']) figure.querySelector(selector).toggleAttribute('hidden', nothing);
  figure.querySelector('.chart-table').replaceChildren(table(data));
  paint(known);
}

/** @param {Drawn} known */
function paint(known) {
  const settings = { type: known.data.type, data: datasets(known.data), options: options(known.data) };
  if (!known.chart) {
    known.chart = new Chart(known.canvas, settings);
    return;
  }
  Object.assign(known.chart.data, settings.data);
  known.chart.options = settings.options;
  known.chart.update('none');
}

/** @param {string} property */
const color = (property) => getComputedStyle(document.documentElement).getPropertyValue(property).trim();

/** @param {ChartData} data */
function datasets({ labels, series, type, stacked }) {
  return {
    labels,
    datasets: series.map((each) => ({
      label: each.name,
      data: each.values,
      backgroundColor: color(each.color),
      borderColor: color(each.color),
      borderWidth: type === 'line' ? 2 : 0,
      borderDash: each.dashed ? [5, 4] : [],
      borderRadius: stacked ? 1 : 3,
      categoryPercentage: 0.9,
      maxBarThickness: 28,
      pointRadius: 1.5,
      spanGaps: true,
    })),
  };
}

/** @param {ChartData} data */
function options({ stacked = false, horizontal = false, logarithmic = false, series, format }) {
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
  const names = { ...axis, stacked, grid: { display: false }, ticks: { ...axis.ticks, autoSkip: !horizontal } };
  return {
    animation: still.matches ? false : { duration: 250 },
    maintainAspectRatio: false,
    indexAxis: horizontal ? 'y' : 'x',
    interaction: { mode: 'index', axis: horizontal ? 'y' : 'x', intersect: false },
    scales: horizontal ? { x: numbers, y: names } : { x: names, y: numbers },
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

/** Rows without any number are left out: a quiet hour has many. @param {ChartData} data */
function table({ heading, labels, series, format }) {
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, heading),
    ...series.map((each) => element('th', { scope: 'col', class: 'number' }, each.name)),
  );
  const rows = labels
    .map((label, place) => ({ label, values: series.map((each) => each.values[place]) }))
    .filter(({ values }) => values.some(Boolean))
    .map(({ label, values }) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, label),
        ...values.map((value) => element('td', { class: 'number' }, format(value))),
      ),
    );
  return element('table', { class: 'table-plain' }, element('thead', {}, head), element('tbody', {}, ...rows));
}
