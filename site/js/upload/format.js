/** Picture formats by their first bytes: a file's name and media type only say what somebody called it. */

/** @type {Record<string, {name: string, hint?: string}>} */
export const FORMATS = {
  jpeg: { name: 'JPG' },
  png: { name: 'PNG' },
  gif: { name: 'GIF' },
  webp: { name: 'WebP' },
  avif: { name: 'AVIF' },
  bmp: { name: 'BMP' },
  heic: {
    name: 'HEIC',
    hint: 'On an iPhone, Settings › Camera › Formats › Most Compatible makes JPGs; sharing the photo by mail converts it too.',
  },
  tiff: { name: 'TIFF', hint: 'Please save it as JPG first.' },
  svg: { name: 'SVG', hint: 'It is a drawing, not a photo; a screenshot of it works.' },
  pdf: { name: 'PDF', hint: 'Please take a screenshot of the picture in it.' },
  unknown: { name: 'unknown' },
};

/** @type {[format: string, offset: number, bytes: string][]} */
const SIGNATURES = [
  ['jpeg', 0, '\xff\xd8\xff'],
  ['png', 0, '\x89PNG\r\n\x1a\n'],
  ['gif', 0, 'GIF8'],
  ['webp', 8, 'WEBP'],
  ['avif', 4, 'ftypavif'],
  ['avif', 4, 'ftypavis'],
  ['heic', 4, 'ftyphei'],
  ['heic', 4, 'ftyphev'],
  ['heic', 4, 'ftypmif1'],
  ['heic', 4, 'ftypmsf1'],
  ['bmp', 0, 'BM'],
  ['tiff', 0, 'II*\0'],
  ['tiff', 0, 'MM\0*'],
  ['pdf', 0, '%PDF'],
];

/**
 * @param {Uint8Array} head the first 512 bytes or so
 * @returns {string} a key of `FORMATS`
 */
export function formatOf(head) {
  const text = Array.from(head, (byte) => String.fromCharCode(byte)).join('');
  const found = SIGNATURES.find(([, offset, bytes]) => text.startsWith(bytes, offset));
  if (found) return found[0];
  return /^\s*(<\?xml|<!--|<!doctype svg|<svg)/i.test(text) && /<svg/i.test(text) ? 'svg' : 'unknown';
}
