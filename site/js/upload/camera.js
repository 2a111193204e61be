import { byId } from '../shared/element.js';

/** The camera dialog. A `<dialog>` keeps the focus inside, and Escape closes it. */

const CONSTRAINTS = { video: { facingMode: { ideal: 'environment' }, width: { ideal: 1920 } }, audio: false };
const REASONS = {
  NotAllowedError: 'The camera is blocked for this page. The browser’s address bar has a switch for it.',
  NotFoundError: 'No camera was found.',
  NotReadableError: 'The camera is in use by another program.',
};

/** @param {{onFiles: (files: File[]) => void, onMessage: (text: string) => void}} receiver */
export function watchCamera({ onFiles, onMessage }) {
  const dialog = byId('camera-dialog');
  const video = byId('camera-video');
  byId('camera-button').hidden = !navigator.mediaDevices?.getUserMedia; // only secure pages have it
  byId('camera-button').addEventListener('click', () => open(dialog, video, onMessage));
  byId('camera-close').addEventListener('click', () => dialog.close());
  byId('camera-shoot').addEventListener('click', async () => {
    const file = await shoot(video);
    dialog.close();
    onFiles([file]);
  });
}

/** @param {HTMLDialogElement} dialog @param {HTMLVideoElement} video @param {(text: string) => void} onMessage */
async function open(dialog, video, onMessage) {
  const closed = new AbortController(); // of this opening: while the browser asks, it can be closed and opened again
  dialog.addEventListener('close', () => end(video, closed), { once: true });
  byId('camera-shoot').disabled = true;
  dialog.showModal();
  try {
    await start(video, closed.signal);
    byId('camera-shoot').disabled = false;
    byId('camera-shoot').focus();
  } catch (error) {
    if (closed.signal.aborted) return;
    dialog.close();
    onMessage(REASONS[error.name] ?? 'The camera does not start.');
  }
}

/** @param {HTMLVideoElement} video @param {AbortSignal} closed */
async function start(video, closed) {
  const stream = await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
  if (closed.aborted) stop(stream);
  closed.throwIfAborted();
  video.srcObject = stream;
  await video.play();
  closed.throwIfAborted();
}

/** @param {HTMLVideoElement} video @param {AbortController} closed is told first, for the video complains when its stream goes */
function end(video, closed) {
  closed.abort();
  stop(/** @type {MediaStream | null} */ (video.srcObject));
  video.srcObject = null;
}

/** @param {MediaStream | null} stream */
function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** @param {HTMLVideoElement} video @returns {Promise<File>} the picture of this moment */
function shoot(video) {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d').drawImage(video, 0, 0);
  const name = `camera ${new Date().toLocaleTimeString()}.jpg`;
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(new File([blob], name)), 'image/jpeg', 0.95));
}
