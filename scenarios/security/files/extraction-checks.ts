import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { byteCheck, doorTo } from './byte-check.ts';
import { extractionBreaks } from './file-breaks.ts';
import { textContent } from './sample-content.ts';

/** Characters of a text and rows of a table, beyond the buffers of readers. */
const [textLength, rowCount] = [300_001, 4_000] as const;

export const extractionsComplete = defineCheck({
  ...byteCheck,
  id: 'security.files.extractions-are-complete',
  title: 'Extracted texts and tables are complete',
  failureTitle: 'An extracted text or table lacks a part of its file',
  why: 'Searches, workflows and the model see what was extracted and nothing else. A part that is missing there does not exist for them.',
  standards: ['ASVS 5.2.1'],
  users: 1,
  needs: [registrationWorks, 'services.file-service.available'],
  services: ['gateway', 'platform-services', 'user-service', 'file-service'],
  timeoutMs: 120_000,
  expects: {
    text: equals('the same'),
    rows: equals(rowCount),
    lastRow: equals(String(rowCount)),
    truncated: empty(),
  },
  breaks: extractionBreaks,
  run: async (context) => {
    const account = await context.account();
    const send = sendAs(context, account);
    const door = doorTo(context, 'gateway', account);
    const text = textContent(textLength, context.unique('extracted'));
    const table = `number,square\n${Array.from({ length: rowCount }, (_, index) => `${index + 1},${(index + 1) ** 2}`).join('\n')}\n`;
    const extract = async (name: string, content: Buffer) => {
      const id = textAt((await door.upload(name, content)).json, 'id');
      await prepare(send, 'POST', `/api/files/${id}/process`);
      const path = `/api/files/${id}/extract`;
      const extracted = await pollUntil(
        () =>
          context.http.request('gateway', path, {
            token: account.accessToken,
            from: account.address,
            maxBodyBytes: 8_000_000,
          }),
        ({ status }) => status !== 409,
        context,
        30_000,
      );
      await send('DELETE', `/api/files/${id}`);
      return extracted;
    };
    const [asText, asTable] = await Promise.all([
      extract('complete.txt', text),
      extract('complete.csv', Buffer.from(table)),
    ]);
    const found = textAt(asText.json, 'text');
    const rows = valueAt(asTable.json, 'rows');
    const list = Array.isArray(rows) ? rows : [];
    return {
      text: found === text.toString() ? 'the same' : `${found.length} of ${textLength} characters`,
      rows: list.length,
      lastRow: String(valueAt(list.at(-1), 'number') ?? 'none'),
      truncated: [asText, asTable].flatMap(({ json }, index) =>
        valueAt(json, 'metadata', 'truncated') === true ? [index === 0 ? 'the text' : 'the table'] : [],
      ),
    };
  },
});
