import { Failure } from '../shared/failure.js';
import { isBare, NO_EXIF, readExif } from './exif.js';
import { FORMATS, formatOf } from './format.js';

/**
 * Any picture that this browser can read becomes a small JPG: upright, in sRGB, without metadata.
 *
 * @typedef {object} Prepared
 * @property {Blob} jpg what is sent
 * @property {number} width of the JPG, pixels; 0 where this browser cannot read the picture
 * @property {number} height
 * @property {boolean} untouched whether `jpg` is the file itself
 * @property {string} note what was done, in words
 */

/** The model sees 224 × 224 pixels, of the central 87.5 % of each side. On 64 photos, more pixels than these changed no label. */
const LONG_SIDE = 512;
const SHORT_SIDE = 256;
/** Limits a very long panorama, whose short side is kept. iOS canvases turn black above 16 times as many. */
export const MAX_PIXELS = 1_048_576;
/** 1 MiB is what OpenWhisk takes (docs/reference.md); it makes base64 of a JPG, which adds a third, and puts it into JSON. */
export const MAX_BYTES = 780_000;
/** A JPG of at most this size is sent as it is, if it is small enough in pixels and has no metadata. */
const SMALL_BYTES = 60_000;
const QUALITIES = [0.8, 0.5, 0.3];
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
  if (!bitmap) return unreadable(file, format);
  try {
    const { width, height } = bitmap;
    const isSmall = scaleOf(bitmap) === 1 && file.size <= SMALL_BYTES;
    if (format === 'jpeg' && isSmall && isBare(head)) {
      return { jpg: file, width, height, untouched: true, note: same(file, bitmap) };
    }
    return await convert({ file, format, bitmap, exif: exifOf(format, head) });
  } finally {
    bitmap.close();
  }
}

/** @param {Source} source @returns {Promise<Prepared>} */
async function convert(source) {
  const canvas = draw(source.bitmap);
  const jpg = await encode(canvas);
  return { jpg, width: canvas.width, height: canvas.height, untouched: false, note: describe(source, canvas, jpg) };
}

/** Another try with this file would end the same. @param {string} code @param {string} title @param {string} detail */
const refusal = (code, title, detail) => new Failure(title, detail, { code, lasting: true });

/** @param {Blob} file @returns {Promise<ArrayBuffer>} */
async function readHead(file) {
  try {
    // A folder, or a file that is gone, may claim to have 0 bytes, and reading 0 bytes of it would succeed.
    return await (file.size ? file.slice(0, HEAD_BYTES) : file).arrayBuffer();
  } catch {
    const detail = 'It may be a folder, or it has been moved or changed. Please choose it again.';
    throw refusal('unreadable-file', 'The file cannot be read', detail);
  }
}

/** @param {string} format @param {ArrayBuffer} head */
const exifOf = (format, head) => (format === 'jpeg' ? readExif(head) : NO_EXIF);

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
function unreadable(file, format) {
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
  return { jpg: file, width: 0, height: 0, untouched: true, note };
}

/** @param {{width: number, height: number}} size pixels @returns {number} 1 where there is nothing to shrink */
function scaleOf({ width, height }) {
  const wanted = Math.max(LONG_SIDE / Math.max(width, height), SHORT_SIDE / Math.min(width, height));
  return Math.min(1, wanted, Math.sqrt(MAX_PIXELS / (width * height)));
}

/** @param {ImageBitmap} bitmap @returns {HTMLCanvasElement} */
function draw(bitmap) {
  const scale = scaleOf(bitmap);
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
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

/** @param {Blob} file @param {ImageBitmap} bitmap */
const same = (file, { width, height }) =>
  `For the classifier: the file itself, ${width} × ${height} JPG, ${bytes(file.size)}, without metadata.`;

/**
 * @typedef {{file: Blob, format: string, bitmap: ImageBitmap, exif: import('./exif.js').Exif}} Source
 * @param {Source} source
 * @param {HTMLCanvasElement} canvas
 * @param {Blob} jpg
 */
function describe({ file, format, bitmap, exif }, canvas, jpg) {
  const done = [
    canvas.width < bitmap.width ? `shrunk from ${bitmap.width} × ${bitmap.height}` : '',
    format === 'jpeg' ? '' : `converted from ${FORMATS[format].name}`,
    exif.orientation === 1 ? '' : 'turned upright',
    exif.location ? 'its location removed' : 'without metadata',
  ];
  const size = jpg.size < file.size ? `${bytes(jpg.size)} instead of ${bytes(file.size)}` : bytes(jpg.size);
  return `For the classifier: ${canvas.width} × ${canvas.height} JPG, ${size}; ${done.filter(Boolean).join(', ')}.`;
}

/** @param {number} count @returns {string} for people, in decimal units */
export function bytes(count) {
  if (count < 1000) return `${count} bytes`;
  return count < 1_000_000 ? `${Math.round(count / 1000)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}
