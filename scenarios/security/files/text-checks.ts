import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { byteCheck } from './byte-check.ts';
import { textBreaks } from './file-breaks.ts';
import { textContent } from './sample-content.ts';

/** Lengths of texts in records, around the same buffers; at most what a field takes. */
const lengths = [1, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 99_999, 100_000] as const;

export const textsSurvive = defineCheck({
  ...byteCheck,
  id: 'security.files.texts-survive',
  title: 'Long texts of records come back unchanged',
  failureTitle: 'A long text of a record comes back changed',
  why: 'Records pass two proxies as JSON. A body that is cut at a buffer, or text that is split within a character, loses what people wrote.',
  standards: ['ASVS 5.2.1'],
  needs: [registrationWorks, 'services.airtable-gateway.available'],
  services: ['gateway', 'platform-services', 'user-service', 'airtable-gateway'],
  users: 1,
  expects: { wrong: empty(), tooLong: equals(422), records: equals(lengths.length) },
  breaks: textBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('Texts'),
      workspaceId: 'default',
      tables: [
        {
          name: 'Notes',
          fields: [
            { name: 'Name', type: 'singleLineText' },
            { name: 'Text', type: 'multilineText' },
          ],
        },
      ],
    });
    const table = `/api/airtable/v0/${textAt(base, 'id')}/Notes`;
    // Characters of one to four bytes, so that buffers end within some of them.
    const textOf = (length: number) => {
      const letters = textContent(length, context.unique('text')).toString();
      return `${letters.slice(0, Math.max(0, length - 4))}üß€😀`
        .slice(-length)
        .replace(/^[\udc00-\udfff]/, 'x');
    };
    const wrong: string[] = [];
    let records = 0;
    for (const length of lengths) {
      const text = textOf(length);
      const created = await send('POST', table, { fields: { Name: String(length), Text: text } });
      const read = await send('GET', `${table}/${textAt(created.json, 'id')}`);
      const values = [created, read].map(({ json }) => textAt(json, 'fields', 'Text'));
      if (values.every((value) => value === text)) records += 1;
      else
        wrong.push(
          `${length} characters: ${created.status} with ${values[0]?.length}, ${read.status} with ${values[1]?.length}`,
        );
    }
    const tooLong = await send('POST', table, { fields: { Name: 'x', Text: 'x'.repeat(100_001) } });
    await send('DELETE', `/api/airtable/v0/meta/bases/${textAt(base, 'id')}`);
    return { wrong, tooLong: tooLong.status, records };
  },
});
