import { element } from '../shared/element.js';

/**
 * Horizontal bars that are links, and need no drawing.
 *
 * @typedef {{name: string, color: string, value: number}} Part of a bar; `color` is a custom property of css/admin.css
 * @typedef {{name: string, href: string, parts: Part[], text: string}} Bar
 */

/** @param {HTMLElement} list @param {Bar[]} bars */
export function fillBars(list, bars) {
  const most = Math.max(1e-9, ...bars.map(total));
  const nothing = element('li', { class: 'quiet' }, 'None in this window.');
  list.replaceChildren(...(bars.length ? bars.map((bar) => item(bar, most)) : [nothing]));
}

/** @param {Bar} bar */
const total = ({ parts }) => parts.reduce((sum, { value }) => sum + value, 0);

/** @param {Bar} bar @param {number} most */
function item({ name, href, parts, text }, most) {
  const track = element('span', { class: 'bar-track', 'aria-hidden': 'true' });
  for (const { color, value } of parts) {
    const node = element('i', {});
    node.style.width = `${(value / most) * 100}%`;
    node.style.background = `var(${color})`;
    track.append(node);
  }
  const row = element(
    'a',
    { href },
    element('span', { class: 'bar-name' }, name),
    ' ',
    track,
    ' ',
    element('span', { class: 'bar-value numeric' }, text),
  );
  return element('li', {}, row);
}
