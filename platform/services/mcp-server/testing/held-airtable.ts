import type { Airtable } from '../airtable.ts';

export interface HeldAirtable {
  airtable: Airtable;
  /** Resolves with the signal of the next request to arrive. */
  nextRequest(): Promise<AbortSignal>;
}

/** An Airtable gateway that has no bases. A request for tables stays unanswered until it is aborted. */
export function holdAirtable(): HeldAirtable {
  let arrived = Promise.withResolvers<AbortSignal>();
  const listTables = (_request: unknown, { signal }: { signal: AbortSignal }) => {
    arrived.resolve(signal);
    arrived = Promise.withResolvers();
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      if (signal.aborted) reject(signal.reason);
    });
  };
  return {
    airtable: { listTables, listBases: async () => ({ bases: [] }) } as unknown as Airtable,
    nextRequest: () => arrived.promise,
  };
}
