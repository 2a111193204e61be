/**
 * What WordNet says about labels: what each is, and of which kinds. scripts/wordnet.py writes the file.
 *
 * @typedef {{kinds: string[], classes: Record<string, [gloss: string, kinds: number[]]>}} WordNet `kinds` of many classes first
 * @typedef {{wnid: string, probability: number}} Share
 */

/** The page names a kind where its labels together have at least this probability. */
const ENOUGH = 0.7;

/** @type {WordNet | null} */
let wordnet = null;
/** @type {Promise<boolean> | null} */
let loading = null;

/** Load the file, once. @returns {Promise<boolean>} whether it has just arrived, and labels can say more than before */
export async function loadKinds() {
  if (wordnet) return false;
  loading ??= fetch('data/wordnet.json')
    .then(async (reply) => {
      wordnet = reply.ok ? await reply.json() : null;
      return wordnet !== null;
    })
    .catch(() => false); // labels then stand alone
  const arrived = await loading;
  if (!arrived) loading = null;
  return arrived;
}

/** @param {string} wnid @returns {string} empty where it is not known */
export const glossOf = (wnid) => wordnet?.classes[wnid]?.[0] ?? '';

/**
 * @param {Share[]} predictions
 * @returns {{name: string, probability: number} | null} the most specific kind that probably is on the photo
 */
export function kindOf(predictions) {
  /** @type {Map<number, number>} */
  const shares = new Map();
  for (const { wnid, probability } of predictions) {
    for (const kind of wordnet?.classes[wnid]?.[1] ?? []) shares.set(kind, (shares.get(kind) ?? 0) + probability);
  }
  const probable = [...shares.keys()].filter((kind) => shares.get(kind) >= ENOUGH);
  if (!probable.length) return null;
  const kind = Math.max(...probable);
  return { name: wordnet.kinds[kind], probability: shares.get(kind) };
}
