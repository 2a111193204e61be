import { byId } from './element.js';
import { drawHeatMap, drawView } from './heat-map.js';
import { spoken } from './words.js';

/** The photo of the result: plain, under its heat map, or as the model saw it. */

const FITS = {
  crop: 'the central part of the photo',
  stretch: 'the whole photo, squeezed into a square',
  pad: 'the whole photo with a border',
};

/** @returns {'photo' | 'heat' | 'view'} */
const mode = () => byId('stage-modes').querySelector('input:checked').value;

/** @param {import('./visit.js').Photo} photo */
export async function showStage(photo) {
  const image = byId('stage-photo');
  byId('stage-empty').hidden = Boolean(photo.previewUrl);
  if (photo.previewUrl && image.getAttribute('src') !== photo.previewUrl) {
    image.src = photo.previewUrl;
    image.alt = `Your photo: ${photo.name}`;
  }
  if (photo.previewUrl) await image.decode().catch(() => {}); // replaced while it was loading
  if (!photo.previewUrl || image.getAttribute('src') === photo.previewUrl) draw(photo, image);
}

/** @param {import('./visit.js').Photo} photo @param {HTMLImageElement} image */
function draw(photo, image) {
  const reply = photo.classified?.reply;
  offer('heat', Boolean(photo.previewUrl && reply?.explanation));
  offer('view', Boolean(photo.previewUrl && reply));
  const shown = mode();
  image.hidden = !photo.previewUrl || shown === 'view';
  byId('stage-overlay').hidden = shown !== 'heat';
  byId('stage-view').hidden = shown !== 'view';
  if (shown === 'heat') overlay(image, reply);
  if (shown === 'view') drawView(byId('stage-view'), image, reply.view);
  byId('stage-caption').textContent = caption(shown, photo);
}

/** @param {HTMLImageElement} image @param {import('./api.js').Reply} reply */
function overlay(image, reply) {
  const canvas = byId('stage-overlay');
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  drawHeatMap(canvas, reply.view, reply.explanation.grid);
}

/** Switch a mode on or off; the plain photo takes over from one that is off. @param {string} name @param {boolean} possible */
function offer(name, possible) {
  const radio = byId('stage-modes').querySelector(`input[value=${name}]`);
  radio.disabled = !possible;
  if (!possible && radio.checked) byId('stage-modes').querySelector('input[value=photo]').checked = true;
}

/** @param {string} shown @param {import('./visit.js').Photo} photo */
function caption(shown, { prepared, classified }) {
  const reply = classified?.reply;
  if (shown === 'heat')
    return `Bright is what spoke most for “${spoken(reply.predictions[0].label)}”. The darkened margin was not looked at.`;
  if (shown === 'view') return `224 × 224 pixels is all that the model gets: ${FITS[reply.options.fit]}.`;
  return prepared?.note ?? '';
}
