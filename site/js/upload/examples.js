import { announce } from '../shared/announce.js';
import { byId, element } from '../shared/element.js';

/**
 * Photos to try, straight from Wikimedia Commons, which also says whose they are. Nothing is asked of Wikimedia until
 * somebody presses the button: a visit to this page is nobody else's business.
 *
 * @typedef {{title: string, url: string, page: string, author: string, licence: string, licenceUrl: string}} Example
 */

const TITLES = [
  'Koala climbing tree.jpg',
  'Lion waiting in Namibia.jpg',
  'Plains Zebra Equus quagga.jpg',
  'Banana-Single.jpg',
  'A small cup of coffee.JPG',
  'Broadway tower edit.jpg',
];
const COMMONS = 'https://commons.wikimedia.org/w/api.php';
const WIDTH = 500; // one of the widths that Commons keeps ready; the model needs 224
const TIMEOUT_MS = 8000;

/** @returns {Promise<Example[]>} those that Commons still has */
async function ask() {
  const query = new URLSearchParams({
    action: 'query',
    titles: TITLES.map((title) => `File:${title}`).join('|'),
    prop: 'imageinfo',
    iiprop: 'url|extmetadata',
    iiextmetadatafilter: 'Artist|LicenseShortName|LicenseUrl',
    iiurlwidth: String(WIDTH),
    format: 'json',
    formatversion: '2',
    origin: '*',
  });
  const reply = await fetch(`${COMMONS}?${query}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const { pages } = (await reply.json()).query;
  return pages.filter((page) => page.imageinfo?.[0]?.extmetadata?.LicenseShortName).map(exampleOf);
}

/** @param {any} page one of the API's @returns {Example} */
function exampleOf({ title, imageinfo: [{ thumburl, descriptionurl, extmetadata }] }) {
  return {
    title: title.replace(/^File:/, '').replace(/\.\w+$/, ''),
    url: thumburl,
    page: descriptionurl,
    author: plain(extmetadata.Artist?.value ?? 'unknown author'),
    licence: plain(extmetadata.LicenseShortName.value),
    licenceUrl: extmetadata.LicenseUrl?.value ?? descriptionurl,
  };
}

/** Commons gives the author as HTML; only its words are kept, and shown as text. @param {string} html */
const plain = (html) =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&amp;', '&')
    .trim();

/** @param {(file: File) => void} onPick */
export function watchExamples(onPick) {
  const button = byId('examples-button');
  button.addEventListener('click', async () => {
    button.disabled = true;
    const examples = await ask().catch(() => []);
    const items = await Promise.all(examples.map((example) => item(example, onPick)));
    show(items.filter(Boolean));
  });
}

/** @param {HTMLLIElement[]} items */
function show(items) {
  byId('examples').hidden = items.length === 0;
  byId('examples-list').hidden = items.length === 0;
  byId('examples-button').hidden = true;
  byId('examples-list').replaceChildren(...items);
  announce(
    items.length ? `${items.length} examples` : 'Wikimedia Commons cannot be reached, so there are no examples.',
  );
  if (items.length) items[0].querySelector('button').focus();
  else byId('choose-button').focus();
}

/** @param {Example} example @param {(file: File) => void} onPick @returns {Promise<HTMLLIElement | null>} null where the picture does not load */
async function item(example, onPick) {
  const image = element('img', { src: example.url, alt: example.title, crossorigin: 'anonymous' });
  try {
    await image.decode();
  } catch {
    return null;
  }
  const pick = async () => {
    const reply = await fetch(example.url);
    onPick(new File([await reply.blob()], `${example.title}.jpg`));
  };
  const credit = element(
    'small',
    {},
    link(example.page, example.title),
    ` by ${example.author}, `,
    link(example.licenceUrl, example.licence),
  );
  return element(
    'li',
    {},
    element('button', { type: 'button', 'aria-label': `Classify: ${example.title}`, onclick: pick }, image),
    credit,
  );
}

/** @param {string} href @param {string} text */
function link(href, text) {
  const address = /^https:\/\//.test(href) ? href : 'https://commons.wikimedia.org/';
  return element('a', { href: address, rel: 'noopener' }, text);
}
