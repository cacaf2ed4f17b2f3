import { type Scheduler, Timer } from "./scheduler";

/** ms between looks at the clock. */
const LOOK = 5_000;
/** ms by which a look may be late on a busy machine. */
const LATE = 10_000;
/** ms by which it may be late in a page that nobody sees: Chromium runs the timers of such a page once a minute. */
const LATE_HIDDEN = 75_000;

/**
 * Calls back when the page goes on after it has stood still: the machine has slept, or the system has stopped the browser. No browser tells
 * that. Timers stop meanwhile, and on some systems their clock as well, but the time of day goes on. Returns how to stop.
 */
export function watchStandstill(
  scheduler: Scheduler,
  isHidden: () => boolean,
  goesOn: () => void,
): () => void {
  const timer = new Timer(scheduler);
  function look(): void {
    const since = scheduler.now();
    const wasHidden = isHidden();
    timer.set(LOOK, () => {
      const late = scheduler.now() - since - LOOK;
      look();
      if (late > (wasHidden || isHidden() ? LATE_HIDDEN : LATE)) goesOn();
    });
  }
  look();
  return () => timer.clear();
}
