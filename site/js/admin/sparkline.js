const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 100;
const HEIGHT = 24;

/**
 * A small line of how a number went over the window; the chart below has the numbers.
 * @param {(number | null)[]} values null where there is none
 * @param {string} [tone] a class
 */
export function sparkline(values, tone = '') {
  const most = Math.max(1e-9, ...values.map((value) => value ?? 0));
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values
    .map((value, place) => (value === null ? null : `${(place * step).toFixed(1)},${height(value / most)}`))
    .filter(Boolean);

  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', `sparkline ${tone}`);
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'polyline');
  line.setAttribute('points', points.join(' '));
  svg.append(line);
  return svg;
}

/** @param {number} share 0 to 1 of the highest value */
const height = (share) => (HEIGHT - 1.5 - share * (HEIGHT - 3)).toFixed(1);
