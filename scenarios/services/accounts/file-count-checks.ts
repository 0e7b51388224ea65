import { createHash } from 'node:crypto';
import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { fileForm } from '../../kit/file-form.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { asJson, listAt, textAt, valueAt } from '../../kit/shape.ts';
import { fileBreaks } from './account-breaks.ts';
import { accountCheck } from './account-check.ts';

const csv = 'City,Amount\r\n"Rome, ""old""",1\r\nOslo,2\r\nBerlin,3\r\n';
const document = JSON.stringify([
  { a: 1, b: 'x' },
  { a: 2, b: 'ü' },
]);

export const filesAreCounted = defineCheck({
  ...accountCheck,
  needs: [registrationWorks, 'services.file-service.available'],
  services: ['gateway', 'platform-services', 'file-service'],
  id: 'services.file-service.values-of-files',
  title: 'Files, their text, lists and counts are right',
  failureTitle: 'A file, its text, a list or a count of files is wrong',
  why: 'Workflows and models read the extracted text, and quotas come from the counts.',
  remediation: { text: 'processing/ of file-service extracts, store/ lists and counts.', effort: 'days' },
  expects: {
    metadata: equals({ filename: 'cities.csv', size: csv.length, sha: true, status: 'pending' }),
    rows: equals(['Rome, "old" 1', 'Oslo 2', 'Berlin 3']),
    text: equals([true, true]),
    document: equals([2, 'ü']),
    plain: equals('one\ntwo'),
    before: equals(409),
    downloaded: equals(csv),
    range: equals([206, 'City']),
    stats: equals([3, csv.length + Buffer.byteLength(document) + 7, { completed: 3 }]),
    list: equals(['note.txt', 'data.json', 'cities.csv']),
    pages: equals([['note.txt', 'data.json'], ['cities.csv'], 3]),
    found: equals([['cities.csv'], ['cities.csv', 'data.json', 'note.txt'], []]),
    afterDeletion: equals([2, ['note.txt', 'data.json'], 404]),
    stranger: equals([0, 0, 404]),
  },
  breaks: fileBreaks,
  async run(context) {
    const [user, stranger] = [await context.account(), await context.account()];
    const [send, foreign] = [sendAs(context, user), sendAs(context, stranger)];
    const upload = async (name: string, content: string) => {
      const made = await prepare(
        () =>
          context.http.request('gateway', '/api/files/upload', {
            method: 'POST',
            token: user.accessToken,
            from: user.address,
            ...fileForm(name, content),
          }),
        'POST',
        '/api/files/upload',
      );
      return { made, id: textAt(made, 'id') };
    };
    const cities = await upload('cities.csv', csv);
    const before = await send('GET', `/api/files/${cities.id}/extract`);
    const data = await upload('data.json', document);
    const note = await upload('note.txt', 'one\ntwo');
    for (const { id } of [cities, data, note]) await prepare(send, 'POST', `/api/files/${id}/process`);
    const read = (path: string, act = send) => prepare(act, 'GET', path);
    await pollUntil(
      () => read('/api/files?status=completed'),
      (found) => valueAt(found, 'total') === 3,
      context,
    );
    const extract = async (id: string) => (await send('GET', `/api/files/${id}/extract`)).json;
    const [table, list, text] = [await extract(cities.id), await extract(data.id), await extract(note.id)];
    const names = async (query: string) =>
      listAt(await read(`/api/files?${query}`), 'files').map((one) => textAt(one, 'filename'));
    const download = await send('GET', `/api/files/${cities.id}/download`);
    const range = await context.http.request('gateway', `/api/files/${cities.id}/download`, {
      token: user.accessToken,
      from: user.address,
      headers: { range: 'bytes=0-3' },
    });
    const stats = await read('/api/files/stats/summary');
    const byStatus = Object.fromEntries(
      Object.entries((valueAt(stats, 'by_status') ?? {}) as Record<string, number>).filter(
        ([, count]) => count > 0,
      ),
    );
    const foreignStats = await read('/api/files/stats/summary', foreign);
    const pages = [await names('page=1&page_size=2'), await names('page=2&page_size=2')];
    const whole = [await names(''), Number(valueAt(await read('/api/files?page_size=1'), 'total'))] as const;
    const found = [
      await names('search=CITI'),
      (await names('status=completed')).sort(),
      await names('status=failed'),
    ];
    const strange = [
      Number(valueAt(foreignStats, 'total')),
      Number(valueAt(await read('/api/files', foreign), 'total')),
      (await foreign('GET', `/api/files/${cities.id}`)).status,
    ];
    await prepare(send, 'DELETE', `/api/files/${cities.id}`);
    const after = await read('/api/files/stats/summary');
    return {
      metadata: {
        filename: textAt(cities.made, 'filename'),
        size: asJson(valueAt(cities.made, 'size')),
        sha: textAt(cities.made, 'sha256') === createHash('sha256').update(csv).digest('hex'),
        status: textAt(cities.made, 'status'),
      },
      rows: listAt(table, 'rows').map((row) => Object.values(row as object).join(' ')),
      text: [textAt(table, 'text').includes('Oslo'), textAt(list, 'text').includes('ü')],
      document: [listAt(list, 'rows').length, asJson(valueAt(list, 'rows', 1, 'b'))],
      plain: textAt(text, 'text').trim(),
      before: before.status,
      downloaded: download.text,
      range: [range.status, range.text],
      stats: [asJson(valueAt(stats, 'total')), asJson(valueAt(stats, 'total_bytes')), byStatus],
      list: whole[0],
      pages: [...pages, whole[1]],
      found,
      afterDeletion: [
        asJson(valueAt(after, 'total')),
        await names(''),
        (await send('GET', `/api/files/${cities.id}`)).status,
      ],
      stranger: strange,
    };
  },
});
