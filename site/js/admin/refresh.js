/**
 * Calls `work` again and again, with `seconds` between the end of one call and the start of the next; not while the page
 * is hidden, and not while it is paused.
 */
export class Refresh {
  /** @param {() => Promise<void>} work @param {number} seconds */
  constructor(work, seconds) {
    this.work = work;
    this.seconds = seconds;
    this.paused = false;
    this.timer = 0;
    this.running = 0;
    document.addEventListener('visibilitychange', () => document.hidden || !this.timer || this.now());
  }

  /** Work at once. A call that is overtaken by a later one does not schedule another. */
  async now() {
    clearTimeout(this.timer);
    const turn = ++this.running;
    await this.work();
    if (turn === this.running) this.schedule();
  }

  schedule() {
    clearTimeout(this.timer);
    if (!this.paused) this.timer = window.setTimeout(() => (document.hidden ? null : this.now()), this.seconds * 1000);
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.paused = paused;
    if (paused) this.stop();
    else this.now();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.running += 1;
  }
}
