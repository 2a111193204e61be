import { byId } from '../shared/element.js';
import { chance } from '../shared/words.js';
import { showBars } from './bars.js';
import { glossOf } from './kinds.js';
import { doubtOf, nameOf } from './naming.js';
import { listed, showOptions } from './options.js';
import { fileName } from './snippets.js';
import { showStage } from './stage.js';
import { activationLink, timings } from './timings.js';
import { BUSY, canRetry } from './visit.js';
import { rememberedColdStart, waitingText } from './waiting.js';

/** The panel that shows one photo: waiting, failed, cancelled or done. */

/** @typedef {import('./visit.js').Photo} Photo */

/** @type {(classIndex: number) => void} */
let onChoose = () => {};

/** @param {Photo} photo */
export function showResult(photo) {
  const held = document.activeElement;
  const busy = BUSY.has(photo.state);
  byId('result').hidden = false;
  byId('result').dataset.state = photo.state;
  byId('result').setAttribute('aria-busy', String(busy));
  byId('result-name').textContent = photo.name;
  byId('result-name').title = photo.name;
  byId('remove-button').setAttribute('aria-label', `Remove ${photo.name}`);
  byId('result-title').textContent = title(photo);
  // A photo that is asked anew keeps its labels meanwhile, so that nothing moves.
  byId('result-labels').hidden = !photo.classified;
  byId('result-again').hidden = !busy;
  byId('result-status').hidden = !busy || Boolean(photo.classified);
  byId('result-failure').hidden = !['failed', 'cancelled'].includes(photo.state);
  byId('result-details').hidden = !photo.classified;
  if (photo.classified) showLabels(photo);
  if (busy) showWaiting(photo);
  else if (!photo.classified) showFailure(photo);
  showStage(photo);
  // Where the focused element is hidden now, like the button that cancels, the title gets the focus.
  if (byId('result').contains(held) && !held.getClientRects().length) byId('result-title').focus();
}

/** @param {Photo} photo */
function title(photo) {
  if (photo.classified) return nameOf(photo.classified.reply.predictions);
  if (photo.state === 'failed') return photo.failure.title;
  return photo.state === 'cancelled' ? 'Cancelled' : 'Looking…';
}

/** Also called while time passes. @param {Photo} photo */
export function showWaiting(photo) {
  const waited = photo.since ? performance.now() - photo.since : 0;
  const text = waitingText(photo, waited, rememberedColdStart());
  byId('result-waiting').textContent = text;
  byId('result-again').textContent = text;
  const progress = byId('result-progress');
  if (photo.state === 'sending' && photo.sent > 0) progress.value = photo.sent;
  else progress.removeAttribute('value');
}

/** @param {Photo} photo */
function showFailure(photo) {
  const failure = photo.state === 'failed' ? photo.failure : null;
  byId('result-reason').textContent = failure?.detail ?? 'Nothing more is sent for this photo.';
  byId('retry-button').hidden = !canRetry(photo);
  byId('result-activation').hidden = !failure?.activationId;
  if (failure?.activationId)
    byId('result-activation').lastElementChild.replaceChildren(activationLink(failure.activationId));
}

/** @param {Photo} photo @returns {import('./api.js').Prediction} that of the chosen bar, or the first */
export function chosenOf({ classified, chosen }) {
  const { predictions } = classified.reply;
  return predictions.find(({ class_index: index }) => index === chosen) ?? predictions[0];
}

/** @param {(classIndex: number) => void} choose */
export function watchBars(choose) {
  onChoose = choose;
}

/** @param {Photo} photo */
function showLabels(photo) {
  const { predictions, other } = listed(photo.classified.reply);
  const chosen = chosenOf(photo);
  byId('result-doubt').textContent = doubtOf(photo.classified.reply.predictions);
  byId('result-doubt').hidden = !byId('result-doubt').textContent;
  showBars(byId('result-bars'), predictions, other, { chosen: chosen.class_index, onChoose });
  const gloss = glossOf(chosen.wnid);
  byId('result-gloss').textContent = gloss && `${chosen.label}: ${gloss}.`;
  byId('timings').replaceChildren(...timings(photo));
  showOptions(photo);
  const link = byId('download-link');
  link.hidden = !photo.jpgUrl;
  link.href = photo.jpgUrl ?? '';
  link.download = fileName(photo);
}

/** For screen readers. @param {Photo} photo @returns {string} empty while it is busy */
export function outcome(photo) {
  if (BUSY.has(photo.state)) return '';
  if (photo.state === 'failed') return `${photo.name}: ${photo.failure.title}. ${photo.failure.detail}`;
  if (photo.state === 'cancelled') return `${photo.name}: ${title(photo)}.`;
  const labels = photo.classified.reply.predictions
    .slice(0, 3)
    .map(({ label, probability }) => `${label} ${chance(probability)}`);
  return `${photo.name}: ${title(photo)}. ${labels.join(', ')}.`;
}
