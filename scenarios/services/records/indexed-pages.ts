import type { CheckContext } from '../../../harness/engine/index.ts';
import { parsePrometheus } from '../prometheus-text.ts';

/** Number of pages that airtable-gateway has read in the order of an index. */
export async function indexedPages({ http }: Pick<CheckContext, 'http'>): Promise<number> {
  const { text } = await http.request('airtable-gateway', '/metrics');
  return parsePrometheus(text)
    .samples.filter(({ name, labels }) => name === 'record_list_pages_total' && labels.order === 'index')
    .reduce((sum, { value }) => sum + value, 0);
}
