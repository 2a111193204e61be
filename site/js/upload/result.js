import { byId } from '../shared/element.js';
import { confidence, percent } from '../shared/words.js';
import { bars } from './bars.js';
import { showOptions } from './options.js';
import { fileName } from './snippets.js';
import { showStage } from './stage.js';
import { timings } from './timings.js';
import { BUSY } from './visit.js';
import { rememberedColdStart, waitingText } from './waiting.js';

/** The panel that shows one photo: waiting, failed, cancelled or done. */

const DOUBT = {
  sure: '',
  probable: 'This is the best guess; others are possible.',
  unsure:
    'No label stands out. The photo may show something else, several things, or nothing of the 1000 kinds that the model knows.',
};

/** @param {import('./visit.js').Photo} photo */
export function showResult(photo) {
  const held = document.activeElement;
  byId('result').hidden = false;
  byId('result').dataset.state = photo.state;
  byId('result').setAttribute('aria-busy', String(BUSY.has(photo.state)));
  byId('result-name').textContent = photo.name;
  byId('remove-button').setAttribute('aria-label', `Remove ${photo.name}`);
  byId('result-title').textContent = title(photo);
  byId('result-status').hidden = !BUSY.has(photo.state);
  byId('result-failure').hidden = !['failed', 'cancelled'].includes(photo.state);
  byId('result-labels').hidden = photo.state !== 'done';
  for (const id of ['timings-details', 'code-details']) byId(id).hidden = photo.state !== 'done';
  byId('result-details').hidden = Boolean(photo.failure?.lasting); // which no other options mend
  if (BUSY.has(photo.state)) showWaiting(photo);
  else if (photo.state === 'done') showLabels(photo);
  else showFailure(photo);
  showStage(photo);
  showOptions(photo);
  // What had the focus may have gone, like the button that cancels; the focus shall not go with it.
  if (byId('result').contains(held) && !held.getClientRects().length) byId('result-title').focus();
}

/** @param {import('./visit.js').Photo} photo */
function title(photo) {
  if (photo.state === 'failed') return photo.failure.title;
  if (photo.state === 'cancelled') return 'Cancelled';
  if (photo.state !== 'done') return 'Looking…';
  const [best] = photo.classified.reply.predictions;
  return confidence(best.probability) === 'unsure' ? 'Not sure' : best.label;
}

/** Also called while time passes. @param {import('./visit.js').Photo} photo */
export function showWaiting(photo) {
  const waited = photo.since ? performance.now() - photo.since : 0;
  byId('result-waiting').textContent = waitingText(photo, waited, rememberedColdStart());
  const progress = byId('result-progress');
  if (photo.state === 'sending' && photo.sent > 0) progress.value = photo.sent;
  else progress.removeAttribute('value');
}

/** @param {import('./visit.js').Photo} photo */
function showFailure(photo) {
  byId('result-reason').textContent =
    photo.state === 'failed' ? photo.failure.detail : 'Nothing more is sent for this photo.';
  byId('retry-button').hidden = !photo.file || Boolean(photo.failure?.lasting);
}

/** @param {import('./visit.js').Photo} photo */
function showLabels(photo) {
  const { predictions, other_probability: other } = photo.classified.reply;
  const doubt = DOUBT[confidence(predictions[0].probability)];
  byId('result-doubt').textContent = doubt;
  byId('result-doubt').hidden = !doubt;
  byId('result-bars').replaceChildren(...bars(predictions, other));
  byId('timings').replaceChildren(...timings(photo));
  const link = byId('download-link');
  link.hidden = !photo.jpgUrl;
  link.href = photo.jpgUrl ?? '';
  link.download = fileName(photo.name);
}

/** For screen readers. @param {import('./visit.js').Photo} photo @returns {string} empty while it is busy */
export function outcome(photo) {
  if (BUSY.has(photo.state)) return '';
  if (photo.state === 'failed') return `${photo.name}: ${photo.failure.title}. ${photo.failure.detail}`;
  if (photo.state === 'cancelled') return `${photo.name}: ${title(photo)}.`;
  const labels = photo.classified.reply.predictions
    .slice(0, 3)
    .map(({ label, probability }) => `${label} ${percent(probability)}`);
  return `${photo.name}: ${title(photo)}. ${labels.join(', ')}.`;
}
