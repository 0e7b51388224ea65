import { z } from 'zod';
import type { Base } from '../../../contracts/airtable-gateway/metadata.ts';
import { defineTool } from './tool.ts';

/** Maximum number of pages read; a page has up to 1,000 bases. */
const maxPages = 10;

export const listBases = defineTool({
  name: 'list_bases',
  title: 'List bases',
  description: 'Lists the bases that the caller may read, with their ids. Other tools need the id of a base.',
  readOnly: true,
  input: z.strictObject({}),
  output: z.object({
    bases: z.array(z.object({ id: z.string(), name: z.string(), permission_level: z.string() })),
    count: z.int(),
    complete: z.boolean(),
  }),
  async run(_input, { airtable, signal }) {
    const bases: Base[] = [];
    let offset: string | undefined;
    for (let read = 0; read < maxPages && (read === 0 || offset !== undefined); read += 1) {
      const page = await airtable.listBases({ query: offset === undefined ? {} : { offset } }, { signal });
      bases.push(...page.bases);
      offset = page.offset;
    }
    return {
      bases: bases.map(({ id, name, permissionLevel }) => ({ id, name, permission_level: permissionLevel })),
      count: bases.length,
      complete: offset === undefined,
    };
  },
});
