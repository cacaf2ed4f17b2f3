/** ms after which nobody waits for a frame any more: a page that has just gone to the background gets none. */
const LIMIT = 100;

/** Resolves when what the page shows now has been painted; at once where nothing is painted, as in a hidden page. */
export function browserPainted(): Promise<void> {
  if (document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const limit = setTimeout(resolve, LIMIT);
    requestAnimationFrame(() => {
      // A frame's callbacks run before it is painted, messages after it.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        clearTimeout(limit);
        resolve();
      };
      port2.postMessage(null);
    });
  });
}
