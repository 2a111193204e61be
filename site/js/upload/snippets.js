/** The request that was just made, as code. The file is the JPG as sent, which the page offers for download. */

/** @param {string} name of the photo @returns {string} a file name that needs no quoting in any language */
export function fileName(name) {
  const stem = name
    .replace(/\.[A-Za-z0-9]{1,5}$/, '')
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `${stem.slice(0, 60) || 'photo'}.jpg`;
}

/** @type {Record<string, (url: string, file: string, options: import('./api.js').Options) => string>} */
export const LANGUAGES = {
  curl: (url, file, options) =>
    `curl -H 'Content-Type: image/jpeg' --data-binary @${file} \\\n  '${address(url, options)}'`,

  python: (url, file, options) => `from pathlib import Path

import httpx

reply = httpx.post(
    "${address(url, options)}",
    headers={"Content-Type": "image/jpeg"},
    content=Path("${file}").read_bytes(),
    timeout=75,
)
for prediction in reply.raise_for_status().json()["predictions"]:
    print(f"{prediction['probability']:.3f}  {prediction['label']}")
`,

  javascript: (url, file, options) => `import { readFile } from 'node:fs/promises';

const reply = await fetch('${address(url, options)}', {
  method: 'POST',
  headers: { 'Content-Type': 'image/jpeg' },
  body: await readFile('${file}'),
});
for (const { probability, label } of (await reply.json()).predictions) {
  console.log(probability.toFixed(3), label);
}
`,
};

/** @param {string} url @param {import('./api.js').Options} options */
const address = (url, options) =>
  `${url}/classify?${new URLSearchParams(Object.entries(options).map(([key, value]) => [key, String(value)]))}`;
