/** Photos are classified and explained, their results outlive a reload. Arguments: the page, a label, photos that get it. */
export default async function upload(page, address, label, ...photos) {
  await page.goto(address);
  const input = await page.waitForSelector('#file-input', { visible: false });
  await input.uploadFile(...photos);
  await labels(page, label, photos.length);

  await page.click('#result-bars li:nth-child(2) button');
  await page.waitForSelector('#stage-overlay', { visible: true });
  await text(page, '#result-title', label);
  await page.waitForFunction(() => document.querySelector('#result-gloss').textContent.length > 10);

  const kept = (count) => JSON.parse(sessionStorage.getItem('visit') ?? '[]').length === count;
  await page.waitForFunction(kept, {}, photos.length);
  await page.reload();
  await labels(page, label, photos.length);

  await page.click('#examples [data-photo]');
  await labels(page, label, photos.length + 1);

  await page.goto(`${address}/about.html`);
  await text(page, '[data-api-url]', '/classifier');
}

/** Wait until `count` photos of the list have the label. */
const labels = (page, label, count) =>
  page.waitForFunction(
    (what, wanted) =>
      [...document.querySelectorAll('.photo-label')].filter((one) => one.textContent === what).length === wanted,
    {},
    label,
    count,
  );

/** Wait until the element of `selector` has `wanted` in its text. */
const text = (page, selector, wanted) =>
  page.waitForFunction(
    (where, what) => document.querySelector(where).textContent.includes(what),
    {},
    selector,
    wanted,
  );
