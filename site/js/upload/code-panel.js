import { copy } from '../shared/copy.js';
import { byId } from '../shared/element.js';
import { listedOptions } from './options.js';
import { fileName, LANGUAGES } from './snippets.js';

/** "The same in code": the request as curl, Python or JavaScript, and the reply as JSON. */

/** @param {import('./visit.js').Photo} photo one that is done @param {string} apiUrl */
export function showCode(photo, apiUrl) {
  const language = byId('snippet-languages').querySelector('input:checked').value;
  byId('snippet').textContent =
    language === 'json'
      ? JSON.stringify(photo.classified.reply, null, 2)
      : LANGUAGES[language](apiUrl, fileName(photo), listedOptions(photo.options));
}

/** @param {() => void} onLanguage */
export function watchCode(onLanguage) {
  byId('snippet-languages').addEventListener('change', onLanguage);
  byId('snippet-copy').addEventListener('click', () => copy(byId('snippet-copy'), byId('snippet').textContent));
}
