import { loadConfig } from '../shared/config.js';
import { byId } from '../shared/element.js';
import { watchTheme } from '../shared/theme-toggle.js';

/** The page about the API: its examples name the API of this installation. */

async function fillIn() {
  const { apiUrl } = await loadConfig();
  for (const place of document.querySelectorAll('[data-api-url]')) place.textContent = apiUrl;
}

watchTheme();
fillIn().catch(({ title, detail }) => {
  byId('page-problem').textContent = `${title}. ${detail}`;
  byId('page-problem').hidden = false;
});
