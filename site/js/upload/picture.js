import { Failure } from '../shared/failure.js';
import { readExif } from './exif.js';
import { FORMATS, formatOf } from './format.js';

/**
 * Any picture that this browser can read becomes a JPG that the platform can carry: upright, in sRGB, at most one
 * megapixel (the model looks at 224 × 224), without metadata.
 *
 * @typedef {object} Prepared
 * @property {Blob} jpg what is sent
 * @property {number} width of the JPG, pixels; 0 where this browser cannot read the picture
 * @property {number} height
 * @property {string} note what was done, in words
 */

export const MAX_PIXELS = 1_048_576;
/** 1 MiB is what OpenWhisk takes (docs/reference.md); base64 adds a third, and the rest of the JSON needs room. */
export const MAX_BYTES = 780_000;
const QUALITIES = [0.9, 0.8, 0.65, 0.5, 0.3];
const HEAD_BYTES = 131_072;

/**
 * @param {Blob} file
 * @returns {Promise<Prepared>}
 * @throws {Failure} a picture that can be neither converted nor sent as it is
 */
export async function prepare(file) {
  const head = await readHead(file);
  if (file.size === 0) throw refusal('empty', 'The file is empty', 'It has 0 bytes. Please choose another one.');
  const format = formatOf(new Uint8Array(head, 0, Math.min(512, head.byteLength)));
  const bitmap = await decode(file);
  if (!bitmap) return asItIs(file, format);
  try {
    const canvas = draw(bitmap);
    const jpg = await encode(canvas);
    const note = describe({ file, format, bitmap, canvas, jpg, exif: exifOf(format, head) });
    return { jpg, width: canvas.width, height: canvas.height, note };
  } finally {
    bitmap.close();
  }
}

/** Another try with this file would end the same. @param {string} code @param {string} title @param {string} detail */
const refusal = (code, title, detail) => new Failure(title, detail, { code, lasting: true });

/** @param {Blob} file @returns {Promise<ArrayBuffer>} */
async function readHead(file) {
  try {
    // A file that is gone, like a folder, may claim 0 bytes, and reading none of them would succeed.
    return await (file.size ? file.slice(0, HEAD_BYTES) : file).arrayBuffer();
  } catch {
    const detail = 'It may be a folder, or it has been moved or changed. Please choose it again.';
    throw refusal('unreadable-file', 'The file cannot be read', detail);
  }
}

/** @param {string} format @param {ArrayBuffer} head */
const exifOf = (format, head) => (format === 'jpeg' ? readExif(head) : { orientation: 1, location: false });

/**
 * Without options the EXIF orientation is applied; naming that (`from-image`) is an error in browsers of 2022.
 * @param {Blob} file
 * @returns {Promise<ImageBitmap | null>} null where this browser cannot read it
 */
async function decode(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    return null;
  }
}

/**
 * The server reads some JPGs that browsers do not (arithmetic coding), and says exactly what is wrong with the others.
 * @param {Blob} file
 * @param {string} format
 * @returns {Prepared}
 */
function asItIs(file, format) {
  const { name, hint = 'Please choose a JPG, PNG or WebP.' } = FORMATS[format];
  if (format === 'unknown') {
    throw refusal('not-a-picture', 'This is not a picture', `The file is of an unknown kind. ${hint}`);
  }
  if (format !== 'jpeg') {
    throw refusal('unreadable-format', `This browser cannot read ${name} files`, hint);
  }
  if (file.size > MAX_BYTES) {
    const detail = `It has ${bytes(file.size)}, is too large to send as it is, and this browser cannot shrink it. It may be damaged.`;
    throw refusal('unreadable-jpeg', 'This browser cannot read the JPG', detail);
  }
  const note = `This browser cannot read the JPG, so it is sent as it is: ${bytes(file.size)}, with its metadata.`;
  return { jpg: file, width: 0, height: 0, note };
}

/**
 * @param {ImageBitmap} bitmap
 * @returns {HTMLCanvasElement} at most `MAX_PIXELS`, which is also far below the size at which iOS canvases turn black
 */
function draw(bitmap) {
  const scale = Math.min(1, Math.sqrt(MAX_PIXELS / (bitmap.width * bitmap.height)));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.floor(bitmap.width * scale));
  canvas.height = Math.max(1, Math.floor(bitmap.height * scale));
  const context = canvas.getContext('2d', { alpha: false });
  context.fillStyle = '#fff'; // what is transparent becomes white, as on most pages
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<Blob>} the best JPG that fits
 */
async function encode(canvas) {
  for (const quality of QUALITIES) {
    const jpg = await toJpg(canvas, quality);
    if (jpg.size <= MAX_BYTES) return jpg;
  }
  throw refusal('too-large', 'The picture is too large', 'Even shrunk it has too many bytes. Please cut it.');
}

/** @param {HTMLCanvasElement} canvas @param {number} quality 0 to 1 @returns {Promise<Blob>} */
function toJpg(canvas, quality) {
  return new Promise((resolve, reject) => {
    const take = (blob) =>
      blob
        ? resolve(blob)
        : reject(new Failure('This browser could not convert the picture', 'Please try a smaller one.'));
    canvas.toBlob(take, 'image/jpeg', quality);
  });
}

/** A black square of a few hundred bytes: enough to wake the functions up. @returns {Promise<Blob>} */
export function tinyJpg() {
  const canvas = document.createElement('canvas');
  canvas.width = 16;
  canvas.height = 16;
  return toJpg(canvas, 0.5);
}

/** @param {{file: Blob, format: string, bitmap: ImageBitmap, canvas: HTMLCanvasElement, jpg: Blob, exif: import('./exif.js').Exif}} facts */
function describe({ file, format, bitmap, canvas, jpg, exif }) {
  const shrunk = canvas.width < bitmap.width;
  const done = [
    shrunk ? `shrunk from ${bitmap.width} × ${bitmap.height}` : '',
    format === 'jpeg' ? '' : `converted from ${FORMATS[format].name}`,
    exif.orientation === 1 ? '' : 'turned upright',
    exif.location ? 'its location removed' : 'without metadata',
  ];
  const what = done.filter(Boolean).join(', ');
  return `For the classifier: ${canvas.width} × ${canvas.height} JPG, ${bytes(jpg.size)} instead of ${bytes(file.size)}; ${what}.`;
}

/** @param {number} count @returns {string} for people, in decimal units */
export function bytes(count) {
  if (count < 1000) return `${count} bytes`;
  return count < 1_000_000 ? `${Math.round(count / 1000)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}
