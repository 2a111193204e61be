/** The statistics are read, narrowed, zoomed into, and one activation is opened. Arguments: the page, the admin token. */
export default async function admin(page, address, token) {
  await page.goto(`${address}/admin.html`);
  await page.waitForSelector('#token', { visible: true });
  await page.type('#token', token);
  await page.click('#sign-in-button');
  await page.waitForSelector('#tiles .tile');
  await page.waitForFunction(() => globalThis.Chart?.getChart(document.querySelector('#chart-outcomes canvas')));

  await page.click('[data-tile="errors"] .tile-value a');
  await page.waitForSelector('#chips .chip');
  await page.click('#calls summary');
  await page.waitForSelector('#calls .waterfall li');
  await page.waitForSelector('#calls .log li');

  await drag(page, '#chart-outcomes canvas');
  await page.waitForFunction(() => location.hash.startsWith('#since='));
  await page.waitForSelector('#tiles .tile');
  await page.goBack();
  await page.reload();
  await page.waitForSelector('#chips .chip');
}

/** Over the middle fifth of the element of `selector`. */
async function drag(page, selector) {
  const canvas = await page.$(selector);
  await canvas.scrollIntoView();
  const { x, y, width, height } = await canvas.boundingBox();
  await page.mouse.move(x + width * 0.4, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.6, y + height / 2, { steps: 3 });
  await page.mouse.up();
}
