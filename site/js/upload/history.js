import { forThisTab } from '../shared/storage.js';

/** The finished photos of this visit, kept in the tab's session storage: a reload does not lose them, closing the tab does. */

const KEY = 'visit';
const MOST = 40;
const THUMBNAIL = 256; // pixels, longest side

/** Counts the calls of `keep`: making thumbnails takes time, and an earlier call must not write after a later one. */
let turns = 0;

/** @returns {Partial<import('./visit.js').Photo>[]} newest first */
export function recall() {
  try {
    return JSON.parse(forThisTab.read(KEY) ?? '[]');
  } catch {
    return []; // written by another version of this page
  }
}

/** @param {import('./visit.js').Photo[]} photos */
export async function keep(photos) {
  turns += 1;
  const turn = turns;
  const finished = photos.filter((photo) => photo.state === 'done').slice(0, MOST);
  const entries = await Promise.all(finished.map(entry));
  if (turn === turns) forThisTab.write(KEY, JSON.stringify(entries));
}

/** @param {import('./visit.js').Photo} photo */
async function entry(photo) {
  const { name, state, classified, elapsedMs, options, prepared } = photo;
  photo.thumbnail ??= await thumbnail(photo.previewUrl);
  const { width, height, note } = prepared;
  return { name, state, classified, elapsedMs, options, prepared: { width, height, note }, thumbnail: photo.thumbnail };
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
