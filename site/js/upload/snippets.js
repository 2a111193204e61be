/** The request that was just made, as code. The file is the JPG as sent, which the page offers for download. */

/**
 * @param {import('./visit.js').Photo} photo
 * @returns {string} the file name of its JPG as sent, which needs no quoting in any language
 */
export function fileName({ name, prepared }) {
  const stem = name
    .normalize()
    .replace(/\.[A-Za-z0-9]{1,5}$/, '')
    .replace(/[^\p{L}\p{M}\p{N}_-]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  return `${stem.slice(0, 60) || 'photo'}${prepared?.untouched ? '' : '-as-sent'}.jpg`;
}

/** @param {string} file */
const origin = (file) => `${file} is the JPG that the page sent: its link “JPG as sent” saves it.`;

/** @type {Record<string, (url: string, file: string, options: import('./api.js').Options) => string>} */
export const LANGUAGES = {
  curl: (url, file, options) =>
    `# ${origin(file)}\ncurl -H 'Content-Type: image/jpeg' --data-binary @${file} \\\n  '${address(url, options)}'`,

  python: (url, file, options) => `# ${origin(file)}
from pathlib import Path

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

  javascript: (url, file, options) => `// ${origin(file)}
import { readFile } from 'node:fs/promises';

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
