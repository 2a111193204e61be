import { byId } from '../shared/element.js';

/** The controls of the toolbar that choose a time: four windows up to now, or two moments, local as all times of the page. */

/** @param {{since: string, upto: string} | undefined} window @returns {{since: string, upto: string}} its bounds; of none, the last hour's */
export function timesOf(window) {
  const now = Date.now();
  return {
    since: window?.since ?? new Date(now - 3_600_000).toISOString(),
    upto: window?.upto ?? new Date(now).toISOString(),
  };
}

/** Let the controls show what the view asks for. @param {import('./view.js').View} view */
export function fillTimes({ window, since, upto, warm_ups: warmUps }) {
  const chosen = since ? 'custom' : window;
  for (const radio of byId('windows').querySelectorAll('input')) radio.checked = radio.value === chosen;
  byId('times').hidden = chosen !== 'custom';
  byId('times-problem').textContent = '';
  if (since) byId('since').value = localInput(since);
  if (upto) byId('upto').value = localInput(upto);
  byId('warm-ups').checked = Boolean(warmUps);
}

/** @param {string} iso @returns {string} as an input of the type datetime-local takes it */
function localInput(iso) {
  const at = new Date(iso);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
