import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { changesIn, watchedBase } from '../sagas/saga.ts';
import { historyBreaks } from './record-breaks.ts';
import { recordCheck } from './record-check.ts';
import { remediation } from './record-fields.ts';

export const commentsAndHistory = defineCheck({
  ...recordCheck,
  id: 'services.airtable-gateway.values-of-comments-and-changes',
  title: 'Comments and the history of changes are complete',
  failureTitle: 'A comment or a change of a record is missing or wrong',
  why: 'Decisions are in the comments, and integrations live on the payloads of changes. A lost one cannot be found again.',
  remediation,
  expects: {
    comments: equals(['third', 'second, changed', 'first']),
    author: equals(true),
    pages: equals([['third', 'second, changed'], ['first'], true]),
    counted: equals(3),
    afterDeletion: equals([['third', 'first'], 2]),
    changes: equals(['+new', 'new→changed', '+other', '-changed']),
    cursor: equals([2, 5, ['+other', '-changed']]),
    sync: equals(['completed', 'completed', 1]),
  },
  breaks: historyBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const base = await watchedBase(send);
    const records = `/api/airtable/bases/${base.id}/tables/${base.table}/records`;
    const first = textAt(await prepare(send, 'POST', records, { Name: 'new' }), 'id');
    await prepare(send, 'PATCH', `${records}/${first}`, { Name: 'changed' });
    const other = textAt(await prepare(send, 'POST', records, { Name: 'other' }), 'id');
    const comments = `/api/airtable/v0/${base.id}/${base.table}/${other}/comments`;
    const ids: string[] = [];
    for (const text of ['first', 'second', 'third'])
      ids.push(textAt(await prepare(send, 'POST', comments, { text }), 'id'));
    await prepare(send, 'PATCH', `${comments}/${ids[1]}`, { text: 'second, changed' });
    const read = async (query = '') => {
      const found = await prepare(send, 'GET', `${comments}${query}`);
      const list = valueAt(found, 'comments');
      return { found, texts: (Array.isArray(list) ? list : []).map((one) => textAt(one, 'text')) };
    };
    const all = await read();
    const page = await read('?pageSize=2');
    const next = await read(`?pageSize=2&offset=${encodeURIComponent(textAt(page.found, 'offset'))}`);
    const countOf = async () => {
      const found = await prepare(
        send,
        'GET',
        `/api/airtable/v0/${base.id}/${base.table}/${other}?recordMetadata[]=commentCount`,
      );
      return Number(valueAt(found, 'commentCount'));
    };
    const counted = await countOf();
    await prepare(send, 'DELETE', `${comments}/${ids[1]}`);
    const left = await read();
    await prepare(send, 'DELETE', `${records}/${first}`);
    const payloads = `/api/airtable/v0/bases/${base.id}/webhooks/${base.webhook}/payloads`;
    const part = await prepare(send, 'GET', `${payloads}?cursor=3`);
    const half = await prepare(send, 'GET', `${payloads}?limit=1`);
    const sync = await prepare(send, 'POST', '/api/airtable/sync', { base_id: base.id });
    const log = await prepare(send, 'GET', `/api/airtable/sync/logs/${textAt(sync, 'sync_id')}`);
    const logs = await prepare(send, 'GET', `/api/airtable/sync/logs?base_id=${base.id}`);
    const changes = await changesIn(send, base);
    const payloadsOf = valueAt(part, 'payloads');
    return {
      comments: all.texts,
      author: textAt(all.found, 'comments', 0, 'author', 'email') === user.email,
      pages: [page.texts, next.texts, valueAt(next.found, 'offset') === null],
      counted,
      afterDeletion: [left.texts, await countOf()],
      changes,
      cursor: [
        Number(valueAt(half, 'cursor')),
        Number(valueAt(part, 'cursor')),
        Array.isArray(payloadsOf) && payloadsOf.length === 2 ? changes.slice(2) : [],
      ],
      sync: [textAt(sync, 'sync_status'), textAt(log, 'sync_status'), Number(valueAt(logs, 'total'))],
    };
  },
});
