/** A photo is classified and explained, and its result outlives a reload. Arguments: the page, a photo, its label. */
export default async function upload(page, address, photo, label) {
  await page.goto(address);
  const input = await page.waitForSelector('#file-input', { visible: false });
  await input.uploadFile(photo);
  await text(page, '#result-title', label);
  await page.click('#stage-modes input[value="heat"]');
  await page.waitForSelector('#stage-overlay', { visible: true });
  await text(page, '#stage-caption', label);
  await page.waitForFunction(() => JSON.parse(sessionStorage.getItem('visit') ?? '[]').length === 1);
  await page.reload();
  await text(page, '#visit-rows', label);
}

/** Wait until the element of `selector` has `wanted` in its text. */
const text = (page, selector, wanted) =>
  page.waitForFunction(
    (where, what) => document.querySelector(where).textContent.includes(what),
    {},
    selector,
    wanted,
  );
