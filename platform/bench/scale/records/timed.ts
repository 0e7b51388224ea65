/** Runs an operation and returns its result with its duration, milliseconds. */
export async function timed<T>(operation: () => Promise<T>): Promise<{ value: number; returned: T }> {
  const started = performance.now();
  const returned = await operation();
  return { value: performance.now() - started, returned };
}
