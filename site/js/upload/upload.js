import { announce } from '../shared/announce.js';
import { copy } from '../shared/copy.js';
import { byId } from '../shared/element.js';
import { save, toCsv, toJson } from '../shared/export.js';
import { watchTheme } from '../shared/theme-toggle.js';
import { classify } from './api.js';
import { Batch } from './batch.js';
import { watchCamera } from './camera.js';
import { showCode, watchCode } from './code-panel.js';
import { configuration, wakeUp } from './connection.js';
import { watchExamples } from './examples.js';
import { keep, recall } from './history.js';
import { watchIntake } from './intake.js';
import { loadKinds } from './kinds.js';
import { listed, options, watchOptions } from './options.js';
import { showList, watchArrows } from './photo-list.js';
import { prepare } from './picture.js';
import { outcome, showResult, showWaiting, watchBars } from './result.js';
import { toFragment } from './share.js';
import { watchShared } from './shared-result.js';
import { showStage, wantHeatMap, watchModes } from './stage.js';
import { offerUndo, watchUndo, withdrawUndo } from './undo.js';
import { BUSY, Visit } from './visit.js';
import { rememberAnswer, rememberColdStart } from './waiting.js';

/** The upload page: connects the parts. */

/** @typedef {import('./visit.js').Photo} Photo */

const WARM_UP_PATIENCE_MS = 5000;
const CLOCK_TICK_MS = 500;

const visit = new Visit({
  prepare,
  ready: async (signal) => {
    // A request beside the warm-up would only start a second set of functions.
    await Promise.race([warmed, pause(WARM_UP_PATIENCE_MS, signal)]);
    await configuration();
  },
  classify: async (jpg, asked, transport) => classify((await configuration()).apiUrl, jpg, asked, transport),
  pause,
});
const batch = new Batch();

let warmed = wakeFunctions();
/** Tells which weights the next photo will meet. @type {import('./api.js').Reply | null} */
let newest = null;
/** The labels that came with the address. @type {import('./share.js').Shared | null} */
let shared = null;
/** The photo in the result panel. @type {Photo | null} */
let selected = null;

async function wakeFunctions() {
  const reply = await wakeUp();
  if (reply) learn(reply);
  nameWeights();
}

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
  withdrawUndo();
  sayMore();
  batch.add(photos);
  select(photos[0]);
  bringTitleIntoView();
  announce(photos.length === 1 ? `Classifying ${photos[0].name}` : `Classifying ${photos.length} photos`);
}

/** Labels get their descriptions as soon as those have arrived. */
async function sayMore() {
  if (!(await loadKinds())) return;
  if (selected) showResult(selected);
  list();
}

/** @param {Photo | null} photo */
function select(photo) {
  selected = photo;
  byId('result').hidden = !photo;
  makeRoom();
  if (photo) showResult(photo);
  showCodeOfSelected();
  list();
}

/** The intake is small as soon as there is something to read. */
function makeRoom() {
  document.body.classList.toggle('has-result', Boolean(selected || shared));
}

/** Whoever adds or picks a photo may have scrolled to the examples, or along the list. */
const bringTitleIntoView = () => byId('result-title').scrollIntoView({ block: 'nearest' });

/** @param {Photo} photo */
function pick(photo) {
  select(photo);
  bringTitleIntoView();
  announce(outcome(photo) || `${photo.name}: ${photo.state}`);
}

/** @returns {Photo[]} failures first */
const ordered = () =>
  [...visit.photos].sort((one, other) => Number(other.state === 'failed') - Number(one.state === 'failed'));

/** @param {number} step @returns {Photo} so many photos further in the list, or at its end */
function neighbour(step) {
  const photos = ordered();
  const at = photos.indexOf(selected) + step;
  return photos[Math.min(Math.max(at, 0), photos.length - 1)];
}

function list() {
  showList(ordered(), selected, pick);
  nameWeights();
}

async function showCodeOfSelected() {
  if (!selected?.classified) return;
  const found = await configuration().catch(() => null);
  if (found && selected?.classified) showCode(selected, found.apiUrl);
}

async function remember() {
  const lost = await keep(visit.photos);
  const results = lost === 1 ? 'One result' : `${lost} results`;
  showText(
    'visit-unkept',
    lost ? `${results} will be gone after a reload: the browser has no room for more. CSV or JSON saves all.` : '',
  );
}

/** @param {Photo[]} photos */
function remove(photos) {
  const words = photos.length === 1 ? `${photos[0].name} removed.` : `${photos.length} photos removed.`;
  const putBack = visit.remove(photos);
  offerUndo(
    words,
    () => bringBack(photos, putBack),
    () => visit.forget(photos),
  );
  remember();
  announce(`${words} ${batch.end(visit.photos)}`.trim());
  if (photos.includes(selected)) select(ordered()[0] ?? null);
  byId(visit.photos.length ? 'result-title' : 'choose-button').focus();
}

/** @param {Photo[]} photos @param {() => void} putBack */
function bringBack(photos, putBack) {
  putBack();
  remember();
  select(photos[0]);
  announce(photos.length === 1 ? `${photos[0].name} is back.` : `${photos.length} photos are back.`);
  byId('result-title').focus();
}

/** @param {Photo} photo */
function onChange(photo) {
  if (!visit.photos.includes(photo)) return list(); // what was removed teaches nothing more
  if (photo.state === 'done') onAnswer(photo);
  if (photo === selected) showResult(photo);
  const words = [photo === selected ? outcome(photo) : '', batch.end(visit.photos)].filter(Boolean);
  if (words.length) announce(words.join(' '));
  list();
}

/** @param {Photo} photo */
function onAnswer(photo) {
  const { reply } = photo.classified;
  learn(reply);
  if (reply.cold.length) rememberColdStart(photo.elapsedMs.request);
  if (photo === selected) showCodeOfSelected();
  remember();
}

/** What a reply says beyond its labels. @param {import('./api.js').Reply} reply */
function learn(reply) {
  newest = reply;
  rememberAnswer();
}

/** Warn where any label on this page, or the next one, comes from stand-in weights. */
function nameWeights() {
  const replies = [newest, ...visit.photos.map((photo) => photo.classified?.reply)];
  const standIn = shared?.standIn || replies.some((reply) => reply?.model.weights === 'stand-in');
  byId('standin-banner').hidden = !standIn;
}

function onHalt() {
  const { halted } = visit;
  byId('halt').hidden = !halted;
  if (!halted) return;
  byId('halt-text').textContent = `${halted.title}. Your photos wait, and the next one is tried in half a minute.`;
  announce(byId('halt-text').textContent);
}

function watchResult() {
  byId('remove-button').addEventListener('click', () => remove([selected]));
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
  byId('retry-failed').addEventListener('click', () => visit.retryFailed());
  byId('cancel-all').addEventListener('click', () => visit.cancelAll());
  byId('export-csv').addEventListener('click', () => save('labels.csv', 'text/csv', toCsv(ordered(), listed)));
  byId('export-json').addEventListener('click', () => save('labels.json', 'application/json', toJson(ordered())));
  byId('clear-button').addEventListener('click', () => remove(visit.photos));
  watchArrows((step) => pick(neighbour(step)));
}

function watchBrowser() {
  addEventListener('online', () => {
    warmed = wakeFunctions();
    for (const photo of visit.photos) if (photo.failure?.code === 'offline') visit.again(photo);
    visit.resume();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') warmed = wakeFunctions();
  });
  addEventListener('beforeunload', (event) => {
    if (visit.photos.some((photo) => BUSY.has(photo.state))) event.preventDefault();
  });
}

const receiver = { onFiles: receive, onMessage: (/** @type {string} */ text) => showText('intake-message', text) };
watchTheme();
watchIntake(receiver);
watchCamera(receiver);
watchExamples(receiver);
watchUndo();
watchResult();
watchList();
watchBrowser();
watchModes(() => showStage(selected));
watchBars((classIndex) => {
  selected.chosen = classIndex;
  wantHeatMap();
  showResult(selected);
  announce(byId('result-gloss').textContent);
});
watchOptions({
  onFit: (fit) => visit.again(selected, { ...selected.options, fit }),
  onCount: () => {
    showResult(selected);
    showCodeOfSelected();
  },
});
watchCode(showCodeOfSelected);
watchShared((labels) => {
  shared = labels;
  makeRoom();
  nameWeights();
});
byId('halt-button').addEventListener('click', () => visit.resume());
visit.addEventListener('halt', onHalt);
visit.addEventListener('change', (event) => onChange(/** @type {CustomEvent} */ (event).detail));
visit.restore(recall());
if (visit.photos.length) sayMore();
if (visit.photos.length && !shared) select(visit.photos[0]);
list();
