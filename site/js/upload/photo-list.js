import { byId, element, icon } from '../shared/element.js';
import { confidence, duration, percent } from '../shared/words.js';
import { BUSY } from './visit.js';

/** The table of this visit's photos. Rows are kept and refilled, so that the focus stays where it is. */

/** @type {Map<number, HTMLTableRowElement>} */
const rows = new Map();

/**
 * @param {import('./visit.js').Photo[]} photos
 * @param {import('./visit.js').Photo | null} selected
 * @param {{onSelect: (photo: import('./visit.js').Photo) => void, onRemove: (photo: import('./visit.js').Photo) => void}} actions
 */
export function showList(photos, selected, actions) {
  byId('visit').hidden = photos.length === 0;
  const done = photos.filter((photo) => !BUSY.has(photo.state)).length;
  byId('visit-count').textContent = done < photos.length ? `${done} of ${photos.length}` : `${photos.length}`;
  const wanted = photos.map((photo) => rows.get(photo.id) ?? emptyRow(photo, actions));
  for (const [id, row] of rows) if (!wanted.includes(row)) rows.delete(id);
  const body = byId('visit-rows');
  if (wanted.length !== body.rows.length || wanted.some((row, index) => row !== body.rows[index]))
    body.replaceChildren(...wanted);
  for (const photo of photos) fill(rows.get(photo.id), photo, photo === selected);
}

/** @param {import('./visit.js').Photo} photo @param {{onSelect: Function, onRemove: Function}} actions */
function emptyRow(photo, { onSelect, onRemove }) {
  const row = element(
    'tr',
    {},
    element(
      'td',
      {},
      element(
        'button',
        { type: 'button', class: 'visit-photo', onclick: () => onSelect(photo) },
        thumbnail(photo),
        element('span', {}, photo.name),
      ),
    ),
    element('td', { class: 'visit-label' }),
    element('td', { class: 'number numeric' }),
    element('td', { class: 'number numeric' }),
    element(
      'td',
      {},
      element(
        'button',
        {
          type: 'button',
          class: 'btn btn-quiet btn-sm',
          'aria-label': `Remove ${photo.name}`,
          onclick: () => onRemove(photo),
        },
        icon('close'),
      ),
    ),
  );
  rows.set(photo.id, row);
  return row;
}

/** @param {HTMLTableRowElement} row @param {import('./visit.js').Photo} photo @param {boolean} selected */
function fill(row, photo, selected) {
  const [picture, label, probability, time] = row.cells;
  row.classList.toggle('selected', selected);
  const button = picture.firstElementChild;
  button.setAttribute('aria-current', String(selected));
  const url = photo.previewUrl ?? null;
  if (button.firstElementChild.getAttribute('src') !== url) button.firstElementChild.replaceWith(thumbnail(photo));
  label.textContent = labelText(photo);
  label.classList.toggle('failed', photo.state === 'failed');
  const best = photo.classified?.reply.predictions[0];
  probability.textContent = best ? percent(best.probability) : '';
  time.textContent = photo.elapsedMs ? duration(photo.elapsedMs.request) : '';
}

/** @param {import('./visit.js').Photo} photo */
function labelText(photo) {
  if (BUSY.has(photo.state)) return `${photo.state}…`;
  if (photo.state === 'failed') return photo.failure.title;
  const best = photo.classified?.reply.predictions[0];
  if (!best) return photo.state;
  return confidence(best.probability) === 'unsure' ? `not sure (${best.label}?)` : best.label;
}

/** @param {import('./visit.js').Photo} photo */
function thumbnail(photo) {
  if (photo.previewUrl)
    return element('img', { class: 'thumbnail', src: photo.previewUrl, alt: '', width: 44, height: 44 });
  return element('span', { class: 'thumbnail', 'aria-hidden': 'true' }, icon('picture'));
}
