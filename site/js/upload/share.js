/**
 * A result in the fragment of an address: labels and shares, no photo. A fragment never reaches a server, and what
 * somebody put into it is only ever shown as text.
 *
 * @typedef {{predictions: {label: string, probability: number}[], other: number, standIn: boolean}} Shared
 */

const LABELS = 5;
const LABEL_LENGTH = 80;

/** @param {import('./api.js').Reply} reply @returns {string} the fragment, without its # */
export function toFragment(reply) {
  const shown = reply.predictions.slice(0, LABELS);
  const parameters = new URLSearchParams();
  for (const { label, probability } of shown) parameters.append('label', `${probability.toFixed(4)} ${label}`);
  if (reply.model.weights === 'stand-in') parameters.set('weights', 'stand-in');
  return parameters.toString();
}

/** @param {string} fragment with or without # @returns {Shared | null} null where there is no valid result in it */
export function fromFragment(fragment) {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''));
  const parts = parameters.getAll('label').map((text) => /^([01]\.\d{1,6}) (.+)$/.exec(text));
  if (!parts.length || parts.length > LABELS || parts.some((part) => !part || part[2].length > LABEL_LENGTH))
    return null;
  const predictions = parts.map(([, probability, label]) => ({ label, probability: Number(probability) }));
  const sum = predictions.reduce((total, { probability }) => total + probability, 0);
  if (sum > 1.001) return null;
  return { predictions, other: Math.max(0, 1 - sum), standIn: parameters.get('weights') === 'stand-in' };
}
