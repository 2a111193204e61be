/**
 * The two EXIF facts that the page talks about. The pixels come out upright without this module (the browser turns
 * them), and the metadata never leaves the page: it is not copied into the JPG that is sent.
 *
 * @typedef {object} Exif
 * @property {number} orientation 1 to 8; 1 where there is none
 * @property {boolean} location whether the photo says where it was taken
 */

const APP1 = 0xe1;
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
    return tiff ? factsOf(tiff) : { orientation: 1, location: false };
  } catch (error) {
    if (error instanceof RangeError) return { orientation: 1, location: false }; // cut short or broken
    throw error;
  }
}

/**
 * @param {DataView} jpg
 * @returns {DataView | null} the TIFF structure inside the segment APP1
 */
function tiffOf(jpg) {
  let at = 2;
  while (jpg.getUint8(at) === 0xff && jpg.getUint8(at + 1) !== START_OF_SCAN) {
    if (jpg.getUint8(at + 1) === APP1 && jpg.getUint32(at + 4) === 0x45786966) {
      // "Exif"
      return new DataView(jpg.buffer, at + 10);
    }
    at += 2 + jpg.getUint16(at + 2);
  }
  return null;
}

/**
 * @param {DataView} tiff
 * @returns {Exif}
 */
function factsOf(tiff) {
  const little = tiff.getUint16(0) === 0x4949;
  const directory = tiff.getUint32(4, little);
  const facts = { orientation: 1, location: false };
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
