/** The class activation map over the photo, and the square that the model saw. */

/** Dark violet to yellow, even in lightness: readable without telling red from green. */
const RAMP = [
  [20, 11, 52],
  [132, 32, 107],
  [229, 92, 48],
  [252, 230, 100],
];
const OUTSIDE = 'rgb(0 0 0 / 60%)';

/**
 * @param {number} value 0 to 1
 * @returns {[number, number, number, number]} red, green, blue, alpha, 0 to 255
 */
export function heat(value) {
  const position = Math.min(Math.max(value, 0), 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(position), RAMP.length - 2);
  const part = position - low;
  const mixed = RAMP[low].map((from, channel) => Math.round(from + (RAMP[low + 1][channel] - from) * part));
  return [mixed[0], mixed[1], mixed[2], Math.round(110 + 80 * value)];
}

/**
 * Draw the map, blurred over the part that the model saw; what it did not see is darkened.
 *
 * @param {HTMLCanvasElement} canvas as large as the photo
 * @param {import('./api.js').View} view
 * @param {number[][]} grid rows of values, 0 to 1
 */
export function drawHeatMap(canvas, view, grid) {
  const context = canvas.getContext('2d');
  const [left, top, width, height] = pixels(view, canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = OUTSIDE;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.clearRect(left, top, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(small(grid), left, top, width, height);
}

/** @param {number[][]} grid @returns {HTMLCanvasElement} one pixel per value */
function small(grid) {
  const canvas = document.createElement('canvas');
  canvas.width = grid[0].length;
  canvas.height = grid.length;
  const colours = new Uint8ClampedArray(grid.flat().flatMap(heat));
  canvas.getContext('2d').putImageData(new ImageData(colours, canvas.width), 0, 0);
  return canvas;
}

/**
 * Draw what the model saw: a square, whatever the photo's shape.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLImageElement} photo
 * @param {import('./api.js').View} view
 */
export function drawView(canvas, photo, view) {
  const context = canvas.getContext('2d');
  const size = { width: photo.naturalWidth, height: photo.naturalHeight };
  const [left, top, width, height] = pixels(view, size);
  const across = canvas.width / width;
  const down = canvas.height / height;
  context.fillStyle = '#7f7f7f'; // what the classifier pads with
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(photo, -left * across, -top * down, size.width * across, size.height * down);
}

/**
 * @param {import('./api.js').View} view fractions
 * @param {{width: number, height: number}} size
 * @returns {[number, number, number, number]}
 */
function pixels({ left, top, width, height }, size) {
  return [left * size.width, top * size.height, width * size.width, height * size.height];
}
