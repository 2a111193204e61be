import { element } from '../shared/element.js';
import { asFailure } from '../shared/failure.js';
import { percent } from '../shared/words.js';
import { moment, ms } from './numbers.js';
import { outcomeBadge } from './outcomes.js';
import { waterfall } from './waterfall.js';

/**
 * Single activations; each opens to its steps, its error and its logs.
 *
 * @typedef {import('./statistics-api.js').Call} Call
 * @typedef {(activationId: string) => Promise<import('./statistics-api.js').Trace>} ReadTrace
 */

/** Ids of what is open: a refresh keeps them so. @type {Map<string, HTMLElement>} */
const opened = new Map();

/** @param {HTMLElement} list @param {Call[]} calls @param {ReadTrace} readTrace */
export function fillCalls(list, calls, readTrace) {
  const focused = list.contains(document.activeElement)
    ? document.activeElement.closest('li')?.dataset.activation
    : null;
  list.replaceChildren(...calls.map((call) => item(call, readTrace)));
  const again = focused && list.querySelector(`[data-activation="${focused}"] summary`);
  if (again) /** @type {HTMLElement} */ (again).focus();
}

export function closeCalls() {
  opened.clear();
}

/** @param {Call} call @param {ReadTrace} readTrace */
function item(call, readTrace) {
  const id = call.activation_id;
  const body = opened.get(id) ?? element('div', { class: 'call-body' });
  const details = element('details', { open: opened.has(id) }, summary(call), body);
  details.addEventListener('toggle', () => {
    if (!details.open) opened.delete(id);
    else if (!opened.has(id)) {
      opened.set(id, body);
      show(body, call, readTrace);
    }
  });
  return element('li', { 'data-activation': id }, details);
}

/** @param {Call} call */
function summary(call) {
  return element(
    'summary',
    {},
    element('span', { class: 'call-time numeric' }, moment(call.start)),
    element('span', { class: 'call-name' }, call.name.split('/').pop()),
    element(
      'span',
      { class: 'call-outcome' },
      outcomeBadge(call),
      call.http_status === null ? '' : element('span', { class: 'quiet numeric' }, ` ${call.http_status}`),
    ),
    element('span', { class: 'call-label' }, labelText(call)),
    element('span', { class: 'call-cold' }, call.cold ? element('span', { class: 'badge-cold' }, 'cold') : ''),
    element('span', { class: 'call-duration numeric' }, ms(call.duration_ms)),
  );
}

/** @param {Call} call */
function labelText({ label, probability, warm_up: isWarmUp }) {
  if (isWarmUp) return 'only to start the functions';
  return label ? `${label} ${probability === null ? '' : percent(probability)}` : '';
}

/** @param {HTMLElement} body @param {Call} call @param {ReadTrace} readTrace */
async function show(body, call, readTrace) {
  const logs = element(
    'div',
    { class: 'call-logs', 'aria-busy': 'true' },
    element('p', { class: 'quiet small' }, 'Reading the logs …'),
  );
  const error = call.error_detail ? element('p', { class: 'banner banner-bad' }, call.error_detail) : '';
  const facts = element(
    'p',
    { class: 'quiet small' },
    'Activation ',
    element('code', {}, call.activation_id),
    call.wait_ms === null ? '' : `, waited ${ms(call.wait_ms)} before it began`,
  );
  body.replaceChildren(error, waterfall(call), facts, logs);
  try {
    logs.replaceChildren(...logNodes(call, await readTrace(call.activation_id)));
  } catch (caught) {
    const failure = asFailure(caught);
    logs.replaceChildren(element('p', { class: 'problem' }, `The logs cannot be shown: ${failure.detail}`));
  }
  logs.removeAttribute('aria-busy');
}

/** @param {Call} call @param {import('./statistics-api.js').Trace} trace */
function logNodes(call, { logs, missing }) {
  const names = new Map([call, ...call.components].map((span) => [span.activation_id, span.name.split('/').pop()]));
  const blocks = logs.flatMap(({ activation_id: id, lines }) => {
    const name = names.get(id) ?? id;
    const text = lines.length
      ? element('pre', { tabindex: 0, 'aria-label': `Logs of ${name}` }, lines.join('\n'))
      : element('p', { class: 'quiet small' }, 'It wrote nothing.');
    return [element('h3', { class: 'h6' }, `Logs of ${name}`), text];
  });
  const gone = missing.length
    ? [element('p', { class: 'quiet small' }, `${missing.length} of its records are gone.`)]
    : [];
  return [...blocks, ...gone];
}
