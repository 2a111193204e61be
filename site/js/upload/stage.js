import { byId } from '../shared/element.js';
import { drawHeatMap, drawView } from './heat-map.js';

/** The photo of the result: plain, under its heat map, or as the model saw it. */

/**
 * The view that somebody chose. A photo that does not have it is shown plain.
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
  const shown = offer({ photo: true, heat: view && Boolean(gridOf(photo)), view });
  image.hidden = !photo.previewUrl || shown === 'view';
  byId('stage-overlay').hidden = shown !== 'heat';
  byId('stage-view').hidden = shown !== 'view';
  if (shown === 'heat') overlay(image, photo);
  if (shown === 'view') drawView(byId('stage-view'), image, reply.view);
  byId('stage-modes').hidden = !photo.previewUrl;
  byId('stage-caption').textContent = caption(shown, photo);
}

/** @param {import('./visit.js').Photo} photo @returns {number[][] | undefined} the map of the chosen class, where there is one */
function gridOf({ classified, chosen }) {
  const { explanations = [], predictions } = classified.reply;
  return explanations.find(({ class_index: index }) => index === (chosen ?? predictions[0].class_index))?.grid;
}

/** Show the heat map, as somebody who chooses a label wants to see it. */
export function wantHeatMap() {
  wanted = 'heat';
}

/** @param {HTMLImageElement} image @param {import('./visit.js').Photo} photo */
function overlay(image, photo) {
  const canvas = byId('stage-overlay');
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  drawHeatMap(canvas, photo.classified.reply.view, gridOf(photo));
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
function caption(shown, { prepared, classified, chosen }) {
  const reply = classified?.reply;
  if (shown === 'heat') {
    const margin = reply.view.width < 1 || reply.view.height < 1 ? ' The model did not see the dark margin.' : '';
    const { label } = reply.predictions.find(({ class_index: index }) => index === chosen) ?? reply.predictions[0];
    return `Bright areas counted most for “${label}”.${margin}`;
  }
  if (shown === 'view') return `The model gets 224 × 224 pixels: ${part(reply, prepared)}.`;
  return prepared?.note ?? '';
}

/** @param {import('./api.js').Reply} reply @param {{width: number, height: number}} size of the photo, pixels @returns {string} */
function part({ view, options }, { width, height }) {
  if (options.fit === 'pad') return 'the whole photo with a border';
  const what =
    view.width < 1 ? `the central ${Math.round(view.width * 1000) / 10}\u202f% of each side` : 'the whole photo';
  return Math.abs(width - height) > 1 ? `${what}, squeezed into a square` : what;
}
