// A page whose modules did not all arrive would look alive and do nothing: it is loaded once more, and then says so.
// A classic script, like theme.js: it must be there before the first module can fail.
(() => {
  const KEY = 'reloaded-at';
  const ONCE_MS = 30_000;

  /** @returns {boolean} whether loading once more is worth a try */
  function firstFailure() {
    try {
      const last = Number(sessionStorage.getItem(KEY));
      sessionStorage.setItem(KEY, String(Date.now()));
      return Date.now() - last > ONCE_MS;
    } catch {
      return false; // without storage it would go on for ever
    }
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
      if (firstFailure()) location.reload();
      else if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', tell);
      else tell();
    },
    true, // such errors do not bubble
  );
})();
