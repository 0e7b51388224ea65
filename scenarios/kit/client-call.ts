import { ProductFailure } from '../../harness/engine/index.ts';

/**
 * Runs what an unmodified third-party client does. Such a client throws when the system under test rejects a request
 * or responds with something that the client cannot read.
 * @throws ProductFailure for every error of the client; the signal's reason when that aborts.
 */
export async function callClient<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof ProductFailure) throw error;
    throw new ProductFailure(`${name}: ${describeError(error)}`, { cause: error });
  }
}

/** Airtable's client throws objects that are no errors, with a code and a status. */
function describeError(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return String(error);
}
