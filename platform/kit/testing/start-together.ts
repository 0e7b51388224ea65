/** Starts several things at the same time. When one of them fails, it stops the others and then throws. */
export async function startTogether<T extends readonly unknown[]>(
  ...starting: { [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  const settled = await Promise.allSettled(starting);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed === undefined)
    return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as never;
  await Promise.all(settled.map((one) => (one.status === 'fulfilled' ? stop(one.value) : undefined)));
  throw failed.reason;
}

async function stop(started: unknown): Promise<void> {
  if (typeof started === 'object' && started !== null && Symbol.asyncDispose in started)
    await (started as AsyncDisposable)[Symbol.asyncDispose]();
}
