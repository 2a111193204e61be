import { loadConfig } from '../shared/config.js';
import { byId } from '../shared/element.js';
import { watchTheme } from '../shared/theme-toggle.js';

/** The page about the classifier: fills in where this installation has its API and its source. */

async function fillIn() {
  const { apiUrl, sourceUrl } = await loadConfig();
  for (const place of document.querySelectorAll('[data-api-url]')) place.textContent = apiUrl;
  if (!sourceUrl) return;
  byId('source-link').href = sourceUrl;
  byId('source-link').textContent = sourceUrl;
  byId('source-known').hidden = false;
  byId('source-unknown').hidden = true;
}

watchTheme();
fillIn().catch(({ title, detail }) => {
  byId('page-problem').textContent = `${title}. ${detail}`;
  byId('page-problem').hidden = false;
});
