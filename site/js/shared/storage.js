/** The browser's storage, which may be switched off or full: then nothing is found in it, and nothing is kept. */
class GuardedStorage {
  #area;

  /** @param {() => Storage} area a function, because even naming `localStorage` fails where it is switched off */
  constructor(area) {
    this.#area = area;
  }

  /** @param {string} key @returns {string | null} null where nothing is kept */
  read(key) {
    try {
      return this.#area().getItem(key);
    } catch {
      return null;
    }
  }

  /** @param {string} key @param {string | null} value null removes it @returns {boolean} whether it is kept */
  write(key, value) {
    try {
      if (value === null) this.#area().removeItem(key);
      else this.#area().setItem(key, value);
      return true;
    } catch {
      return false;
    }
  }
}

/** For all visits with this browser. */
export const lasting = new GuardedStorage(() => localStorage);

/** For this tab, until it is closed. */
export const forThisTab = new GuardedStorage(() => sessionStorage);
