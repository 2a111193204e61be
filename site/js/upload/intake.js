import { byId } from '../shared/element.js';

/**
 * All ways for a photo into the page but the camera: file dialog, drop, paste.
 *
 * @typedef {object} Receiver
 * @property {(files: File[]) => void} onFiles
 * @property {(text: string) => void} onMessage why nothing was taken
 */

const FROM_A_PAGE =
  'The browser handed over only the address of that picture, and this page does not load pictures from other sites. Please copy the picture itself and paste it here, or save it first.';

const PASTE_KEY = /^(Mac|iP)/.test(navigator.platform) ? 'Command' : 'Ctrl';

/** @param {Receiver} receiver */
export function watchIntake(receiver) {
  watchPicker(receiver);
  watchDrop(receiver);
  watchPaste(receiver);
}

/** @param {Receiver} receiver */
function watchPicker({ onFiles }) {
  const input = byId('file-input');
  byId('choose-button').addEventListener('click', () => input.click());
  // A click anywhere in the box opens the dialog. The button in it does so by keyboard, too.
  byId('intake').addEventListener('click', (event) => {
    if (!event.target.closest('button, input')) input.click();
  });
  input.addEventListener('change', () => {
    onFiles([...input.files]);
    input.value = ''; // choosing the same file again has to count
  });
}

/** @param {Receiver} receiver */
function watchDrop({ onFiles, onMessage }) {
  let depth = 0; // dragenter and dragleave also come for every child
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    document.body.classList.toggle('dragging', depth > 0);
  };
  document.addEventListener('dragenter', () => mark(1));
  document.addEventListener('dragleave', () => mark(-1));
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    mark(-depth);
    const files = filesOf(event.dataTransfer);
    if (files.length) onFiles(files);
    else onMessage(hasAddress(event.dataTransfer) ? FROM_A_PAGE : 'What you dropped is not a file.');
  });
}

/** @param {DataTransfer} data */
const hasAddress = ({ types }) => types.includes('text/uri-list') || types.includes('text/html');

/**
 * A picture of another page comes as a file, or as HTML that may hold all of it.
 * @param {DataTransfer} data
 * @returns {File[]}
 */
function filesOf(data) {
  if (data.files.length) return [...data.files];
  const inline = /<img\b[^<]*\bsrc="data:(image\/[\w.+-]+);base64,([^"]+)"/i.exec(data.getData('text/html'));
  if (!inline) return [];
  try {
    const bytes = Uint8Array.from(atob(inline[2]), (letter) => letter.charCodeAt(0));
    return [new File([bytes], 'dragged picture', { type: inline[1] })];
  } catch {
    return []; // no base64
  }
}

/** @param {Receiver} receiver */
function watchPaste({ onFiles, onMessage }) {
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) onFiles(files);
    else onMessage('There is no picture on the clipboard.');
  });
  byId('paste-key').textContent = PASTE_KEY;
  const button = byId('paste-button');
  button.hidden = !navigator.clipboard?.read;
  button.addEventListener('click', async () => {
    const files = await readClipboard().catch(() => null);
    if (files?.length) onFiles(files);
    else
      onMessage(
        files
          ? 'There is no picture on the clipboard.'
          : `This browser does not let the page read the clipboard; the keys ${PASTE_KEY} and V do.`,
      );
  });
}

/** @returns {Promise<File[]>} */
async function readClipboard() {
  const files = [];
  for (const item of await navigator.clipboard.read()) {
    const type = item.types.find((one) => one.startsWith('image/'));
    if (type) files.push(new File([await item.getType(type)], 'pasted picture', { type }));
  }
  return files;
}
