/**
 * A turn of the event loop: timers, messages, input and signals get their chance, which awaiting a
 * promise that has settled does not give them.
 */
export const eventLoopTurn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    // In a browser, where a timer waits for four milliseconds once timers follow one another.
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
