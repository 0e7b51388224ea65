import type { CheckContext } from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { parsePrometheus } from '../prometheus-text.ts';

/** Number of pages that airtable-gateway has read in the order of an index. */
async function indexedPages({ http }: Pick<CheckContext, 'http'>): Promise<number> {
  const { text } = await http.request('airtable-gateway', '/metrics');
  return parsePrometheus(text)
    .samples.filter(({ name, labels }) => name === 'record_list_pages_total' && labels.order === 'index')
    .reduce((sum, { value }) => sum + value, 0);
}

/** Time for the keys of a field to be stored in the background, milliseconds. */
const storedWithinMs = 30_000;

/**
 * Waits until lists are read from stored keys, which the first one asks for.
 * @param read reads a page that the keys would serve
 */
export async function readsFromKeys(
  context: Pick<CheckContext, 'http' | 'patience' | 'signal'>,
  read: () => Promise<unknown>,
): Promise<boolean> {
  const before = await indexedPages(context);
  return pollUntil(
    async () => {
      await read();
      return (await indexedPages(context)) > before;
    },
    (seen) => seen,
    context,
    storedWithinMs,
  );
}
