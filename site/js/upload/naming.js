import { chance, confidence } from '../shared/words.js';
import { kindOf } from './kinds.js';

/** What a photo is said to show, and how sure that is. */

/** @typedef {import('./api.js').Prediction} Prediction */

/** @param {Prediction[]} predictions most probable first @returns {string} */
export function nameOf(predictions) {
  const [{ label }] = predictions;
  const level = confidence(predictions);
  if (level === 'sure' || level === 'probable') return label;
  const kind = kindOf(predictions);
  if (kind) return `${kind.name}, ${chance(kind.probability)}`;
  return level === 'guess' ? `${label}?` : 'Not sure';
}

/** @param {Prediction[]} predictions @returns {string} what to know about that name; empty where it is sure */
export function doubtOf(predictions) {
  const level = confidence(predictions);
  if (level === 'sure') return '';
  const kind = kindOf(predictions);
  const together = kind && `All labels of the kind “${kind.name}” together have ${chance(kind.probability)}.`;
  if (level === 'probable') return ['This is the best guess; others are possible.', together].filter(Boolean).join(' ');
  if (together) return `${together} Which of them it is, is not sure.`;
  if (level === 'guess') return 'This label stands out, but the model is far from sure.';
  return 'No label stands out. The photo may show something else, several things, or nothing of the 1000 kinds that the model knows.';
}
