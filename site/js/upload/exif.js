/**
 * The two EXIF facts that the page talks about. The pixels come out upright without this module (the browser turns
 * them), and the metadata never leaves the page: it is not copied into the JPG that is sent.
 *
 * @typedef {object} Exif
 * @property {number} orientation 1 to 8; 1 where there is none
 * @property {boolean} location whether the photo says where it was taken
 */

/** @type {Exif} */
export const NO_EXIF = { orientation: 1, location: false };

const APP1 = 0xe1;
/** JFIF and Adobe: what a JPG says of its own coding. */
const CODING = new Set([0xe0, 0xee]);
const COMMENT = 0xfe;
const START_OF_SCAN = 0xda;
const ORIENTATION = 0x0112;
const GPS = 0x8825;

/**
 * @param {ArrayBuffer} head the start of a JPG, 64 kB or more
 * @returns {Exif}
 */
export function readExif(head) {
  try {
    const tiff = tiffOf(new DataView(head));
    return tiff ? factsOf(tiff) : NO_EXIF;
  } catch (error) {
    if (error instanceof RangeError) return NO_EXIF; // cut short or broken
    throw error;
  }
}

/**
 * Whether a JPG holds nothing but its picture: no EXIF, no other metadata, no comment, no colour profile.
 * @param {ArrayBuffer} head
 */
export function isBare(head) {
  try {
    const markers = [...segments(new DataView(head))].map(({ marker }) => marker);
    return markers.every((marker) => marker < 0xe0 || CODING.has(marker)) && !markers.includes(COMMENT);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * @param {DataView} jpg
 * @returns {DataView | null} the TIFF structure inside the segment APP1
 */
function tiffOf(jpg) {
  for (const { marker, at } of segments(jpg)) {
    const isExif = marker === APP1 && jpg.getUint32(at + 4) === 0x45786966; // "Exif"
    if (isExif) return new DataView(jpg.buffer, at + 10);
  }
  return null;
}

/** What stands before the picture. @param {DataView} jpg @returns {Generator<{marker: number, at: number}>} */
function* segments(jpg) {
  let at = 2;
  while (jpg.getUint8(at) === 0xff && jpg.getUint8(at + 1) !== START_OF_SCAN) {
    yield { marker: jpg.getUint8(at + 1), at };
    at += 2 + jpg.getUint16(at + 2);
  }
}

/**
 * @param {DataView} tiff
 * @returns {Exif}
 */
function factsOf(tiff) {
  const little = tiff.getUint16(0) === 0x4949;
  const directory = tiff.getUint32(4, little);
  const facts = { ...NO_EXIF };
  for (let entry = 0; entry < tiff.getUint16(directory, little); entry += 1) {
    const at = directory + 2 + entry * 12;
    const tag = tiff.getUint16(at, little);
    if (tag === ORIENTATION) facts.orientation = known(tiff.getUint16(at + 8, little));
    if (tag === GPS) facts.location = true;
  }
  return facts;
}

/** @param {number} orientation as some cameras write it, 0 for one @returns {number} 1 to 8 */
const known = (orientation) => (orientation >= 1 && orientation <= 8 ? orientation : 1);
