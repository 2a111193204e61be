import { byId } from '../shared/element.js';
import { drawHeatMap, drawView } from './heat-map.js';

/** The photo of the result: plain, under its heat map, or as the model saw it. */

const FITS = {
  crop: 'the central part of the photo',
  stretch: 'the whole photo, squeezed into a square',
  pad: 'the whole photo with a border',
};

/**
 * How somebody wants to see photos. One that cannot be seen so is shown plain meanwhile.
 * @type {'photo' | 'heat' | 'view'}
 */
let wanted = 'photo';

/** @type {import('./visit.js').Photo} */
let current;

/** @param {() => void} onChange */
export function watchModes(onChange) {
  byId('stage-modes').addEventListener('change', (event) => {
    wanted = event.target.value;
    onChange();
  });
}

/** @param {import('./visit.js').Photo} photo */
export async function showStage(photo) {
  current = photo;
  const image = byId('stage-photo');
  byId('stage-empty').hidden = Boolean(photo.previewUrl);
  if (photo.previewUrl && image.getAttribute('src') !== photo.previewUrl) {
    image.src = photo.previewUrl;
    image.alt = `Your photo: ${photo.name}`;
  }
  if (photo.previewUrl) await image.decode().catch(() => {}); // replaced while it was loading
  if (photo === current) draw(photo, image);
}

/** @param {import('./visit.js').Photo} photo @param {HTMLImageElement} image */
function draw(photo, image) {
  const reply = photo.classified?.reply;
  const view = Boolean(photo.previewUrl && reply);
  const shown = offer({ photo: true, heat: view && Boolean(reply.explanations), view });
  image.hidden = !photo.previewUrl || shown === 'view';
  byId('stage-overlay').hidden = shown !== 'heat';
  byId('stage-view').hidden = shown !== 'view';
  if (shown === 'heat') overlay(image, reply);
  if (shown === 'view') drawView(byId('stage-view'), image, reply.view);
  byId('stage-modes').hidden = !photo.previewUrl;
  byId('stage-caption').textContent = caption(shown, photo);
}

/** @param {HTMLImageElement} image @param {import('./api.js').Reply} reply */
function overlay(image, reply) {
  const canvas = byId('stage-overlay');
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  drawHeatMap(canvas, reply.view, reply.explanations[0].grid);
}

/** @param {Record<'photo' | 'heat' | 'view', boolean>} possible @returns {'photo' | 'heat' | 'view'} the mode that is shown */
function offer(possible) {
  const shown = possible[wanted] ? wanted : 'photo';
  const held = document.activeElement;
  for (const radio of byId('stage-modes').querySelectorAll('input')) {
    radio.disabled = !possible[radio.value];
    radio.checked = radio.value === shown;
    if (radio.checked && held?.matches('#stage-modes input')) radio.focus(); // before the one that has it may be disabled
  }
  return shown;
}

/** @param {string} shown @param {import('./visit.js').Photo} photo */
function caption(shown, { prepared, classified }) {
  const reply = classified?.reply;
  if (shown === 'heat') {
    const margin = reply.view.width < 1 || reply.view.height < 1 ? ' The darkened margin was not looked at.' : '';
    return `Bright is what spoke most for “${reply.predictions[0].label}”.${margin}`;
  }
  if (shown === 'view') return `224 × 224 pixels is all that the model gets: ${FITS[reply.options.fit]}.`;
  return prepared?.note ?? '';
}
