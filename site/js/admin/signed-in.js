// Whoever is signed in does not see the form for a moment: this runs before the first paint. It is a classic script, because
// modules run after that; so it cannot import session.js, which takes the mark away again.
(() => {
  try {
    if (sessionStorage.getItem('admin-token')) document.documentElement.dataset.signedIn = '';
  } catch {
    // storage can be switched off
  }
})();
