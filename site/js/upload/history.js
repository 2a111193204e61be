import { forThisTab } from '../shared/storage.js';

/** The finished photos of this visit, kept in the tab's session storage: a reload does not lose them, closing the tab does. */

/** @typedef {import('./visit.js').Photo} Photo */

const ORDER = 'visit';
const PHOTO = 'photo-';
const THUMBNAIL = 256; // pixels, longest side

/** By the id of a photo, the answer that is kept of it. @type {Map<number, import('./api.js').Classified>} */
const kept = new Map();

/** Counts the calls of `keep`: making thumbnails takes time, and an earlier call must not write after a later one. */
let turns = 0;

/** @returns {Partial<Photo>[]} newest first */
export function recall() {
  const entries = parse(ORDER, []).map((/** @type {number} */ id) => parse(PHOTO + id, null));
  const whole = entries.filter((entry) => entry?.classified);
  for (const { id, classified } of whole) kept.set(id, classified);
  return whole;
}

/** @param {string} key @param {any} otherwise */
function parse(key, otherwise) {
  try {
    return JSON.parse(forThisTab.read(key) ?? 'null') ?? otherwise;
  } catch {
    return otherwise; // written by another version of this page
  }
}

/** @param {Photo[]} photos @returns {Promise<number>} how many results the storage has no room for */
export async function keep(photos) {
  turns += 1;
  const turn = turns;
  const finished = photos.filter((photo) => photo.state === 'done');
  const missing = finished.filter((photo) => kept.get(photo.id) !== photo.classified);
  const entries = await Promise.all(missing.map(entry));
  if (turn !== turns) return 0;

  for (const id of kept.keys()) if (!finished.some((photo) => photo.id === id)) drop(id);
  for (const one of entries) {
    drop(one.id);
    if (forThisTab.write(PHOTO + one.id, JSON.stringify(one))) kept.set(one.id, one.classified);
  }
  const there = finished.map(({ id }) => id).filter((id) => kept.has(id));
  // The list of ids needs room, too.
  while (!forThisTab.write(ORDER, JSON.stringify(there)) && there.length) drop(there.pop());
  return finished.length - there.length;
}

/** @param {number} id */
function drop(id) {
  kept.delete(id);
  forThisTab.write(PHOTO + id, null);
}

/** @param {Photo} photo */
async function entry(photo) {
  const { id, name, state, classified, elapsedMs, options, prepared } = photo;
  photo.thumbnail ??= await thumbnail(photo.previewUrl);
  return {
    id,
    name,
    state,
    classified,
    elapsedMs,
    options,
    prepared: { ...prepared, jpg: null },
    thumbnail: photo.thumbnail,
  };
}

/** @param {string | undefined} url @returns {Promise<string | undefined>} a small JPG as data URL */
async function thumbnail(url) {
  if (!url) return undefined;
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    return undefined; // removed meanwhile
  }
  const scale = Math.min(1, THUMBNAIL / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(image.naturalWidth * scale);
  canvas.height = Math.ceil(image.naturalHeight * scale);
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/jpeg', 0.75);
}
