import { byId, element, icon } from '../shared/element.js';
import { chance } from '../shared/words.js';
import { nameOf } from './naming.js';
import { BUSY, canRetry } from './visit.js';

/** The photos of this visit, once there are several. Rows are kept and refilled, so that the focus stays where it is. */

/** @typedef {import('./visit.js').Photo} Photo */

/** @type {Map<number, HTMLLIElement>} */
const rows = new Map();

const STEPS = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1, Home: -Infinity, End: Infinity };

/** @param {Photo[]} photos in the order of the list @param {Photo | null} selected @param {(photo: Photo) => void} onSelect */
export function showList(photos, selected, onSelect) {
  const several = photos.length > 1;
  byId('visit').hidden = !several;
  document.body.classList.toggle('has-batch', several);
  const done = photos.filter((photo) => !BUSY.has(photo.state)).length;
  byId('visit-count').textContent = done < photos.length ? `${done} of ${photos.length}` : `${photos.length}`;
  const failed = photos.filter((photo) => photo.state === 'failed');
  byId('visit-failed').textContent = failed.length ? `${failed.length} failed` : '';
  byId('retry-failed').hidden = !failed.some(canRetry);
  byId('cancel-all').hidden = photos.length - done < 2;

  const wanted = photos.map((photo) => rows.get(photo.id) ?? emptyRow(photo, onSelect));
  for (const [id, row] of rows) if (!wanted.includes(row)) rows.delete(id);
  arrange(byId('visit-rows'), wanted);
  for (const photo of photos) fill(rows.get(photo.id), photo, photo === selected);
}

/** Only what is out of place moves: an element that moves loses the focus. @param {HTMLElement} list @param {HTMLElement[]} wanted */
function arrange(list, wanted) {
  for (const row of [...list.children]) if (!wanted.includes(/** @type {HTMLElement} */ (row))) row.remove();
  for (const [index, row] of wanted.entries()) {
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  }
}

/**
 * The arrow keys, in the list and where nothing has the focus, walk from photo to photo.
 * @param {(step: number) => void} onStep
 */
export function watchArrows(onStep) {
  document.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    const here = event.target === document.body || byId('visit-rows').contains(/** @type {Node} */ (event.target));
    if (!step || !here || byId('visit').hidden) return;
    event.preventDefault();
    onStep(step);
    byId('visit-rows').querySelector('[aria-current="true"]').focus();
  });
}

/** @param {Photo} photo @param {(photo: Photo) => void} onSelect */
function emptyRow(photo, onSelect) {
  const button = element(
    'button',
    { type: 'button', class: 'photo', onclick: () => onSelect(photo) },
    thumbnail(photo),
    element('span', { class: 'photo-name' }, photo.name),
    element('span', { class: 'photo-label' }),
    element('span', { class: 'photo-share numeric quiet' }),
  );
  const row = element('li', {}, button);
  rows.set(photo.id, row);
  return row;
}

/** @param {HTMLLIElement} row @param {Photo} photo @param {boolean} selected */
function fill(row, photo, selected) {
  const button = /** @type {HTMLButtonElement} */ (row.firstElementChild);
  const [picture, , label, share] = button.children;
  button.setAttribute('aria-current', String(selected));
  button.tabIndex = selected ? 0 : -1; // one stop for the Tab key; the arrow keys do the rest
  if (picture.getAttribute('src') !== (photo.previewUrl ?? null)) picture.replaceWith(thumbnail(photo));
  const best = photo.classified?.reply.predictions[0];
  label.textContent = labelText(photo);
  label.classList.toggle('failed', photo.state === 'failed');
  share.textContent = photo.state === 'done' && best ? chance(best.probability) : '';
}

/** @param {Photo} photo */
function labelText(photo) {
  if (BUSY.has(photo.state)) return `${photo.state}…`;
  if (photo.state === 'failed') return photo.failure.title;
  const best = photo.classified?.reply.predictions[0];
  if (!best) return photo.state;
  return nameOf(photo.classified.reply.predictions);
}

/** @param {Photo} photo */
function thumbnail(photo) {
  if (photo.previewUrl) {
    return element('img', {
      class: 'thumbnail',
      src: photo.previewUrl,
      alt: '',
      width: 44,
      height: 44,
      draggable: 'false',
    });
  }
  return element('span', { class: 'thumbnail', 'aria-hidden': 'true' }, icon('picture'));
}
