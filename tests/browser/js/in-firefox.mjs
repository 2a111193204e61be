/**
 * Run a scenario in Firefox, over WebDriver BiDi: node in-firefox.mjs PUPPETEER FIREFOX SCENARIO ADDRESS [ARGUMENT…]
 *
 * A scenario is a module whose default export is `async (page, address, ...arguments)`; it throws where the page does not
 * do what it should. What the page complains of on the console fails it, too.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [puppeteerPath, executablePath, scenarioPath, ...rest] = process.argv.slice(2);
const load = async (path) => (await import(pathToFileURL(resolve(path)))).default;
const [puppeteer, scenario] = await Promise.all([load(puppeteerPath), load(scenarioPath)]);

const browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true });
const complaints = [];
try {
  const page = await browser.newPage();
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.setDefaultTimeout(30_000);
  await scenario(page, ...rest);
} finally {
  await browser.close();
}
if (complaints.length) throw new Error(`Firefox complains:\n${complaints.join('\n')}`);
