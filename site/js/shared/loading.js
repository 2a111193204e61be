// Where a module of the page did not arrive, the page is loaded once more; where that does not help, it says so.
// A classic script that is deferred: it runs before the modules, in the order of the page, and cannot fail as they can.
(() => {
  const ONCE_MS = 30_000;

  function reload() {
    history.replaceState({ reloadedAt: Date.now() }, ''); // outlives the reload, and needs no storage
    location.reload();
  }

  function tell() {
    const problem = document.getElementById('page-problem');
    if (!problem) return;
    problem.textContent = 'This page did not load completely. Please reload it.';
    problem.hidden = false;
  }

  addEventListener(
    'error',
    (event) => {
      if (!(event.target instanceof HTMLScriptElement)) return;
      const reloadedAt = history.state?.reloadedAt ?? 0;
      if (Date.now() - reloadedAt > ONCE_MS) reload();
      else if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', tell);
      else tell();
    },
    true, // such errors do not bubble
  );
})();
