import { element } from '../shared/element.js';

/**
 * A pointer over a drawing: a click chooses a place, a drag chooses a range of places.
 *
 * @typedef {object} Choices
 * @property {(x: number) => number} placeAt which place lies at a horizontal position, in pixels of the canvas
 * @property {(event: PointerEvent) => void} click
 * @property {((first: number, last: number) => void) | null} range null where there is nothing to zoom into
 */

const CLICK_PIXELS = 6;

/** @param {HTMLElement} area around the canvas @param {() => Choices} choices */
export function listen(area, choices) {
  const marking = element('div', { class: 'chart-marking', hidden: true });
  area.append(marking);
  /** @type {number | null} */
  let from = null;

  const position = (/** @type {PointerEvent} */ event) => event.clientX - area.getBoundingClientRect().left;
  const end = () => {
    from = null;
    marking.hidden = true;
  };

  area.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    from = position(event);
    area.setPointerCapture(event.pointerId);
  });
  area.addEventListener('pointermove', (event) => {
    if (from === null || !choices().range) return;
    const to = position(event);
    marking.hidden = Math.abs(to - from) < CLICK_PIXELS;
    marking.style.left = `${Math.min(from, to)}px`;
    marking.style.width = `${Math.abs(to - from)}px`;
  });
  area.addEventListener('pointerup', (event) => {
    if (from === null) return;
    const [first, last] = [from, position(event)].toSorted((one, other) => one - other);
    end();
    const { placeAt, click, range } = choices();
    if (last - first < CLICK_PIXELS) click(event);
    else range?.(placeAt(first), placeAt(last));
  });
  area.addEventListener('pointercancel', end);
}
