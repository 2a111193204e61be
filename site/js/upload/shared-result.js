import { byId } from '../shared/element.js';
import { showBars } from './bars.js';
import { fromFragment } from './share.js';

/** The labels that came with the page's address. */

/** @param {(shared: import('./share.js').Shared | null) => void} onShow called with what is shown, now and whenever it changes */
export function watchShared(onShow) {
  byId('shared-close').addEventListener('click', () => {
    history.replaceState(null, '', location.pathname + location.search);
    show(onShow);
    byId('choose-button').focus();
  });
  addEventListener('hashchange', () => show(onShow));
  show(onShow);
}

/** @param {(shared: import('./share.js').Shared | null) => void} onShow */
function show(onShow) {
  const shared = fromFragment(location.hash);
  byId('shared').hidden = !shared;
  if (shared) showBars(byId('shared-labels'), shared.predictions, shared.other);
  onShow(shared);
}
