import { copy } from '../shared/copy.js';
import { element, icon } from '../shared/element.js';
import { asFailure } from '../shared/failure.js';
import { logView } from './logs.js';
import { ms } from './numbers.js';
import { waterfall } from './waterfall.js';

/**
 * One activation with its error, its steps and its logs.
 *
 * @typedef {import('./statistics-api.js').Trace} Trace
 * @typedef {(activationId: string) => Promise<Trace>} ReadTrace
 * @typedef {(changes: import('./view.js').Changes) => string} Link
 */

/**
 * Reads the activation and shows it.
 * @param {HTMLElement} body @param {string} id @param {ReadTrace} readTrace @param {Link} link
 * @returns {Promise<Trace | null>} null where it cannot be read; the body then says why
 */
export async function showActivation(body, id, readTrace, link) {
  body.setAttribute('aria-busy', 'true');
  body.replaceChildren(element('p', { class: 'quiet small' }, 'Reading the activation …'));
  try {
    const trace = await readTrace(id);
    body.replaceChildren(...content(trace, link));
    return trace;
  } catch (caught) {
    const failure = asFailure(caught);
    body.replaceChildren(element('p', { class: 'problem' }, `It cannot be shown. ${failure.detail}`));
    return null;
  } finally {
    body.removeAttribute('aria-busy');
  }
}

/** @param {Trace} trace @param {Link} link */
function content({ activation, logs, missing }, link) {
  const error = activation.error_detail ? [element('p', { class: 'banner banner-bad' }, activation.error_detail)] : [];
  const gone = missing.length
    ? [
        element(
          'p',
          { class: 'banner banner-warn' },
          `Without the records of ${missing.length} of its steps: they are not kept.`,
        ),
      ]
    : [];
  return [...error, waterfall(activation), facts(activation, link), ...gone, ...logNodes(activation, logs)];
}

/** @param {Trace['activation']} activation @param {Link} link */
function facts({ activation_id: id, wait_ms: wait, cause }, link) {
  const whole = cause
    ? [' of the sequence ', element('a', { href: link({ activation: cause }) }, element('code', {}, cause))]
    : [];
  const address = new URL(link({ activation: id }), location.href).href;
  const button = element(
    'button',
    { class: 'btn btn-plain btn-sm', type: 'button' },
    icon('link'),
    element('span', {}, 'Copy link'),
  );
  button.addEventListener('click', () => copy(button, address));
  return element(
    'div',
    { class: 'activation-facts' },
    element(
      'p',
      { class: 'quiet small' },
      cause ? 'Step ' : 'Activation ',
      element('code', {}, id),
      ...whole,
      wait === null ? '' : `, waited ${ms(wait)} before it began`,
    ),
    button,
  );
}

/** @param {Trace['activation']} activation @param {Trace['logs']} logs */
function logNodes(activation, logs) {
  const spans = [activation, ...activation.components];
  const names = new Map(spans.map((span) => [span.activation_id, span.name.split('/').pop()]));
  return logs.map(({ activation_id: id, lines }) => {
    const name = names.get(id) ?? id;
    return element(
      'section',
      { class: 'activation-logs' },
      element('h3', { class: 'h6' }, `Logs of ${name}`),
      logView(name, lines),
    );
  });
}
