import { bars } from './bars.js';
import { byId } from './element.js';
import { fromFragment } from './share.js';

/** The labels that came with the page's address. */

/** @param {() => void} onStandIn called where the labels come from stand-in weights */
export function watchShared(onStandIn) {
  byId('shared-close').addEventListener('click', () => {
    history.replaceState(null, '', location.pathname + location.search);
    show(onStandIn);
    byId('choose-button').focus();
  });
  addEventListener('hashchange', () => show(onStandIn));
  show(onStandIn);
}

/** @param {() => void} onStandIn */
function show(onStandIn) {
  const shared = fromFragment(location.hash);
  byId('shared').hidden = !shared;
  if (!shared) return;
  byId('shared-labels').replaceChildren(...bars(shared.predictions, shared.other));
  if (shared.standIn) onStandIn();
}
