/** Maximum duration of one slice, milliseconds. */
const sliceMs = 1;

/**
 * Visits all items in order. After each slice everything else of the event loop runs, so a walk over many items delays
 * nobody for longer than a slice. Items that are added or removed meanwhile count as the iterable says.
 */
export async function inSlices<T>(items: Iterable<T>, visit: (item: T) => void): Promise<void> {
  let since = performance.now();
  for (const item of items) {
    visit(item);
    // What the visit has started continues now, so that its time counts as well.
    await undefined;
    if (performance.now() - since < sliceMs) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    since = performance.now();
  }
}
