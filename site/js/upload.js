import { announce } from './announce.js';
import { classify } from './api.js';
import { bars } from './bars.js';
import { loadConfig } from './config.js';
import { byId } from './element.js';
import { save, toCsv, toJson } from './export.js';
import { watchIntake } from './intake.js';
import { showList } from './photo-list.js';
import { prepare } from './picture.js';
import { announceOutcome, showResult, showWaiting } from './result.js';
import { fromFragment, toFragment } from './share.js';
import { fileName, LANGUAGES } from './snippets.js';
import { showStage } from './stage.js';
import { BUSY, Visit } from './visit.js';
import { rememberColdStart } from './waiting.js';

/** The upload page: connects the parts. */

const config = loadConfig().catch((problem) => {
  showText('page-problem', problem.message);
  throw problem;
});

const visit = new Visit({
  prepare,
  classify: async (jpg, options, transport) => classify((await config).apiUrl, jpg, options, transport),
  options: () => ({ top_k: Number(byId('option-top-k').value), fit: byId('option-fit').value, explain: true }),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

/** @type {import('./visit.js').Photo | null} */
let selected = null;

/** @param {import('./visit.js').Photo | null} photo */
function select(photo) {
  selected = photo;
  if (photo) showResult(photo);
  byId('result').hidden = !photo;
  list();
}

function list() {
  document.body.classList.toggle('has-photos', visit.photos.length > 0);
  showList(visit.photos, selected, { onSelect: select, onRemove: remove });
}

/** @param {import('./visit.js').Photo} photo */
function remove(photo) {
  visit.remove(photo);
  announce(`${photo.name} removed`);
  if (photo === selected) select(visit.photos[0] ?? null);
  byId('choose-button').focus();
}

/** @param {File[]} files */
function receive(files) {
  showText('intake-message', '');
  const photos = files.map((file) => visit.add(file, file.name || 'pasted picture'));
  if (photos.length) select(photos[0]);
  announce(photos.length === 1 ? `Classifying ${photos[0].name}` : `Classifying ${photos.length} photos`);
}

/** Show a line of text, or hide it. @param {string} id @param {string} text */
function showText(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = !text;
}

/** @param {import('./visit.js').Photo} photo */
function onChange(photo) {
  if (photo === selected) showResult(photo);
  if (photo === selected || photo.state === 'failed') announceOutcome(photo);
  if (photo.state === 'done') learn(photo);
  list();
}

/** What a reply says beyond its labels. @param {import('./visit.js').Photo} photo */
function learn(photo) {
  const { model, cold } = photo.classified.reply;
  byId('standin-banner').hidden = model.weights !== 'stand-in';
  if (cold.length) rememberColdStart(photo.elapsedMs.request);
  if (photo === selected) showSnippet();
}

async function showSnippet() {
  const language = byId('snippet-languages').querySelector('input:checked').value;
  if (!selected?.classified) return;
  const { apiUrl } = await config;
  byId('snippet').textContent =
    language === 'json'
      ? JSON.stringify(selected.classified.reply, null, 2)
      : LANGUAGES[language](apiUrl, fileName(selected.name), selected.options);
}

/** Copy, and say so on the button for a moment. @param {HTMLButtonElement} button @param {string} text */
async function copy(button, text) {
  const words = button.querySelector('span');
  const before = words.textContent;
  try {
    await navigator.clipboard.writeText(text);
    words.textContent = 'Copied';
  } catch {
    words.textContent = 'Copying is not allowed here';
  }
  announce(words.textContent);
  setTimeout(() => {
    words.textContent = before;
  }, 2000);
}

function showShared() {
  const shared = fromFragment(location.hash);
  byId('shared').hidden = !shared;
  if (!shared) return;
  byId('shared-labels').replaceChildren(...bars(shared.predictions, shared.other));
  if (shared.standIn) byId('standin-banner').hidden = false;
}

function closeShared() {
  history.replaceState(null, '', location.pathname + location.search);
  showShared();
  byId('choose-button').focus();
}

function watchResult() {
  byId('cancel-button').addEventListener('click', () => visit.cancel(selected));
  byId('retry-button').addEventListener('click', () => visit.again(selected));
  byId('stage-modes').addEventListener('change', () => showStage(selected));
  byId('snippet-languages').addEventListener('change', showSnippet);
  byId('snippet-copy').addEventListener('click', () => copy(byId('snippet-copy'), byId('snippet').textContent));
  byId('share-button').addEventListener('click', () => {
    const address = new URL(location.href);
    address.hash = toFragment(selected.classified.reply);
    copy(byId('share-button'), address.href);
  });
  for (const id of ['option-fit', 'option-top-k']) byId(id).addEventListener('change', () => selected && visit.again(selected));
  setInterval(() => selected && BUSY.has(selected.state) && showWaiting(selected), 500);
}

function watchList() {
  byId('export-csv').addEventListener('click', () => save('labels.csv', 'text/csv', toCsv(visit.photos)));
  byId('export-json').addEventListener('click', () => save('labels.json', 'application/json', toJson(visit.photos)));
  byId('clear-button').addEventListener('click', () => {
    for (const photo of visit.photos) visit.remove(photo);
    select(null);
    byId('choose-button').focus();
  });
}

watchIntake({ onFiles: receive, onMessage: (text) => showText('intake-message', text) });
watchResult();
watchList();
visit.addEventListener('change', (event) => onChange(event.detail));
byId('shared-close').addEventListener('click', closeShared);
addEventListener('hashchange', showShared);
showShared();
