/** The admin token, for this tab only: in sessionStorage, or in memory where storage is switched off. */

const KEY = 'admin-token';
let remembered = '';

/** @returns {string} empty when nobody is signed in */
export function token() {
  try {
    return sessionStorage.getItem(KEY) ?? remembered;
  } catch {
    return remembered;
  }
}

/** @param {string} value */
export function signIn(value) {
  remembered = value;
  try {
    sessionStorage.setItem(KEY, value);
  } catch {
    // then it lasts until the page is reloaded
  }
}

export function signOut() {
  remembered = '';
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // nothing was stored
  }
}
