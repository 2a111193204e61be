import { announce } from '../shared/announce.js';
import { loadConfig } from '../shared/config.js';
import { copy } from '../shared/copy.js';
import { byId } from '../shared/element.js';
import { save, toCsv, toJson } from '../shared/export.js';
import { watchTheme } from '../shared/theme-toggle.js';
import { classify } from './api.js';
import { Batch } from './batch.js';
import { watchCamera } from './camera.js';
import { showCode, watchCode } from './code-panel.js';
import { watchExamples } from './examples.js';
import { keep, recall } from './history.js';
import { watchIntake } from './intake.js';
import { options, watchOptions } from './options.js';
import { showList, watchArrows } from './photo-list.js';
import { prepare } from './picture.js';
import { outcome, showResult, showWaiting } from './result.js';
import { toFragment } from './share.js';
import { watchShared } from './shared-result.js';
import { showStage, watchModes } from './stage.js';
import { BUSY, Visit } from './visit.js';
import { rememberColdStart } from './waiting.js';
import { warmUp } from './warm-up.js';

/** The upload page: connects the parts. */

const WARM_UP_PATIENCE_MS = 5000;
const CLOCK_TICK_MS = 500;

/** @type {import('../shared/config.js').Config | null} */
let config = null;
let warmed = wakeUp();
const visit = new Visit({
  prepare,
  ready: async (signal) => {
    // A second request beside the waking one would only start a second set of functions.
    await Promise.race([warmed, pause(WARM_UP_PATIENCE_MS, signal)]);
    await configuration();
  },
  classify: async (jpg, options, transport) => classify((await configuration()).apiUrl, jpg, options, transport),
  pause,
});

/** Only a success is kept: what failed may go well when somebody tries again. */
async function configuration() {
  try {
    config ??= await loadConfig();
    showText('page-problem', '');
    return config;
  } catch (problem) {
    showText('page-problem', `${problem.title}. ${problem.detail}`);
    throw problem;
  }
}

async function wakeUp() {
  const found = await configuration().catch(() => null); // which the page has told
  if (found) newest = (await warmUp(found.apiUrl)) ?? newest;
  nameWeights();
}

/** @type {import('./api.js').Reply | null} tells which weights the next photo will meet */
let newest = null;
/** @type {import('./share.js').Shared | null} the labels that came with the address */
let shared = null;

const batch = new Batch();
/** @type {import('./visit.js').Photo | null} the one in the result panel */
let selected = null;

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, ms);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

/** Show a line of text, or hide it. @param {string} id @param {string} text */
function showText(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = !text;
}

/** @param {File[]} files */
function receive(files) {
  showText('intake-message', '');
  const photos = visit.add(files, options());
  if (!photos.length) return;
  batch.add(photos);
  select(photos[0]);
  announce(photos.length === 1 ? `Classifying ${photos[0].name}` : `Classifying ${photos.length} photos`);
}

/** @param {import('./visit.js').Photo | null} photo */
function select(photo) {
  selected = photo;
  byId('result').hidden = !photo;
  nameWork();
  if (photo) showResult(photo);
  showCodeOfSelected();
  list();
}

/** The intake is small as soon as there is something to read. */
function nameWork() {
  document.body.classList.toggle('has-result', Boolean(selected || shared));
}

/** @param {number} step @returns {import('./visit.js').Photo} so many photos further in the list, or its end */
function neighbour(step) {
  const at = visit.photos.indexOf(selected) + step;
  return visit.photos[Math.min(Math.max(at, 0), visit.photos.length - 1)];
}

/** From the list, which may have the result out of view. @param {import('./visit.js').Photo} photo */
function pick(photo) {
  select(photo);
  byId('result-title').scrollIntoView({ block: 'nearest' });
  announce(outcome(photo) || `${photo.name}: ${photo.state}`);
}

function list() {
  showList(visit.photos, selected, pick);
  nameWeights();
}

async function showCodeOfSelected() {
  if (!selected?.classified) return;
  const found = await configuration().catch(() => null);
  if (found && selected?.classified) showCode(selected, found.apiUrl);
}

/** @param {...import('./visit.js').Photo} photos */
function remove(...photos) {
  for (const photo of photos) visit.remove(photo);
  keep(visit.photos);
  const words = photos.length === 1 ? `${photos[0].name} removed.` : 'All photos removed.';
  announce(`${words} ${batch.end(visit.photos)}`.trim());
  if (selected && photos.includes(selected)) select(visit.photos[0] ?? null);
  byId('choose-button').focus();
}

/** @param {import('./visit.js').Photo} photo */
function onChange(photo) {
  if (!visit.photos.includes(photo)) return list(); // what was removed teaches nothing more
  if (photo.state === 'done') learn(photo);
  if (photo === selected) showResult(photo);
  const words = [photo === selected || photo.state === 'failed' ? outcome(photo) : '', batch.end(visit.photos)].filter(
    Boolean,
  );
  if (words.length) announce(words.join(' '));
  list();
}

/** What a reply says beyond its labels. @param {import('./visit.js').Photo} photo */
function learn(photo) {
  const { reply } = photo.classified;
  newest = reply;
  if (reply.cold.length) rememberColdStart(photo.elapsedMs.request);
  if (photo === selected) showCodeOfSelected();
  keep(visit.photos);
}

/** Warn where any label on this page, or the next one, comes from stand-in weights. */
function nameWeights() {
  const replies = [newest, ...visit.photos.map((photo) => photo.classified?.reply)];
  const standIn = shared?.standIn || replies.some((reply) => reply?.model.weights === 'stand-in');
  byId('standin-banner').hidden = !standIn;
}

function watchResult() {
  byId('remove-button').addEventListener('click', () => remove(selected));
  byId('cancel-button').addEventListener('click', () => visit.cancel(selected));
  byId('retry-button').addEventListener('click', () => visit.again(selected));
  byId('share-button').addEventListener('click', () => {
    const address = new URL(location.href);
    address.hash = toFragment(selected.classified.reply);
    copy(byId('share-button'), address.href);
  });
  setInterval(() => selected && BUSY.has(selected.state) && showWaiting(selected), CLOCK_TICK_MS);
}

function watchList() {
  byId('export-csv').addEventListener('click', () => save('labels.csv', 'text/csv', toCsv(visit.photos)));
  byId('export-json').addEventListener('click', () => save('labels.json', 'application/json', toJson(visit.photos)));
  byId('clear-button').addEventListener('click', () => remove(...visit.photos));
}

watchTheme();
const receiver = { onFiles: receive, onMessage: (text) => showText('intake-message', text) };
watchIntake(receiver);
watchCamera(receiver);
watchExamples(receiver);
watchArrows((step) => pick(neighbour(step)));
watchResult();
watchModes(() => showStage(selected));
watchOptions((change) => visit.again(selected, { ...selected.options, ...change }));
watchCode(showCodeOfSelected);
watchList();
watchShared((labels) => {
  shared = labels;
  nameWork();
  nameWeights();
});
addEventListener('online', () => {
  warmed = wakeUp();
  for (const photo of visit.photos) if (photo.failure?.code === 'offline') visit.again(photo);
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') warmed = wakeUp();
});
visit.addEventListener('change', (event) => onChange(/** @type {CustomEvent} */ (event).detail));
visit.restore(recall());
if (visit.photos.length && !shared) select(visit.photos[0]);
list();
