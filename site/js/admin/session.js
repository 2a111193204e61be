import { forThisTab } from '../shared/storage.js';

/** The admin token, for this tab only: in its storage, or in memory where that is switched off. */

const KEY = 'admin-token';
let remembered = '';

/** @returns {string} empty when nobody is signed in */
export const token = () => forThisTab.read(KEY) ?? remembered;

/** @param {string} value */
export function signIn(value) {
  remembered = value;
  forThisTab.write(KEY, value);
}

export function signOut() {
  remembered = '';
  forThisTab.write(KEY, null);
  delete document.documentElement.dataset.signedIn;
}
