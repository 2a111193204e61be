import { byId } from '../shared/element.js';
import { Failure } from '../shared/failure.js';

/** Photos of the site, to try: one click classifies. */

/** @param {{onFiles: (files: File[]) => void, onMessage: (text: string) => void}} receiver */
export function watchExamples({ onFiles, onMessage }) {
  byId('examples').addEventListener('click', async (/** @type {any} */ event) => {
    const address = event.target.closest('[data-photo]')?.dataset.photo;
    if (!address) return;
    try {
      onFiles([await load(address)]);
    } catch {
      onMessage('The example could not be loaded. Please check your connection and try again.');
    }
  });
}

/** @param {string} address @returns {Promise<File>} */
async function load(address) {
  const reply = await fetch(address);
  if (!reply.ok) throw new Failure('The example is missing', `HTTP ${reply.status}`);
  return new File([await reply.blob()], address.split('/').at(-1) ?? address);
}
