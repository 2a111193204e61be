import { byId } from '../shared/element.js';

/** The line that says what was removed, with a button that brings it back: until the next change of the list. */

/** @type {{undo: () => void, forget: () => void} | null} */
let offered = null;

/** @param {string} text @param {() => void} undo @param {() => void} forget called once there is no way back */
export function offerUndo(text, undo, forget) {
  withdrawUndo();
  offered = { undo, forget };
  byId('undo-text').textContent = text;
  byId('undo').hidden = false;
}

export function withdrawUndo() {
  offered?.forget();
  close();
}

export function watchUndo() {
  byId('undo-button').addEventListener('click', () => {
    const undo = offered?.undo;
    close();
    undo?.();
  });
}

function close() {
  offered = null;
  byId('undo').hidden = true;
}
