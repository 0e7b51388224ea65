import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { schemaBreaks } from './record-breaks.ts';
import { recordCheck } from './record-check.ts';
import { fields, remediation } from './record-fields.ts';

export const schemasAreRight = defineCheck({
  ...recordCheck,
  id: 'services.airtable-gateway.values-of-schemas',
  title: 'Schemas show tables and fields as they were made',
  failureTitle: 'A schema of a base differs from what was made',
  why: 'Clients generate code and forms from the schema. A wrong type or a missing field breaks them.',
  remediation,
  expects: {
    bases: equals([1, 1, 'create']),
    tables: equals(['First: Name singleLineText, Count number', 'Second: Name singleLineText']),
    sameSchema: equals([true, true]),
    renamed: equals(['Renamed', 'described', 'Number']),
    whoami: equals(true),
    byName: equals(['x']),
    cache: equals(true),
  },
  breaks: schemaBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const name = context.unique('schema');
    const meta = '/api/airtable/v0/meta/bases';
    const base = await prepare(send, 'POST', meta, {
      name,
      workspaceId: 'default',
      tables: [
        { name: 'First', fields: fields.slice(0, 2) },
        { name: 'Second', fields: fields.slice(0, 1) },
      ],
    });
    const [id, table] = [textAt(base, 'id'), textAt(base, 'tables', 0, 'id')];
    const read = (path: string) => prepare(send, 'GET', path);
    const listOf = (found: unknown, key: string) => {
      const list = valueAt(found, key);
      return Array.isArray(list) ? (list as { id: string; name: string }[]) : [];
    };
    const line = (found: unknown) =>
      listOf(found, 'tables').map(
        (one) =>
          `${one.name}: ${(valueAt(one, 'fields') as { name: string; type: string }[])
            .map((field) => `${field.name} ${field.type}`)
            .join(', ')}`,
      );
    const tables = await read(`${meta}/${id}/tables`);
    const plain = await read(`/api/airtable/bases/${id}/tables`);
    const schema = await read(`/api/airtable/bases/${id}/schema`);
    const [bases, older] = [await read(meta), await read('/api/airtable/bases')];
    const count = valueAt(base, 'tables', 0, 'fields', 1, 'id');
    await prepare(send, 'PATCH', `${meta}/${id}/tables/${table}`, {
      name: 'Renamed',
      description: 'described',
    });
    await prepare(send, 'PATCH', `${meta}/${id}/tables/${table}/fields/${count}`, { name: 'Number' });
    const records = `/api/airtable/bases/${id}/tables`;
    await prepare(send, 'POST', `${records}/${table}/records`, { Name: 'x', Number: 1 });
    const changed = await read(`/api/airtable/bases/${id}/schema`);
    const found = await read(`${records}/Renamed/records`);
    const cache = await prepare(send, 'POST', '/api/airtable/cache/invalidate', { base_id: id });
    const who = await read('/api/airtable/v0/meta/whoami');
    return {
      bases: [
        listOf(bases, 'bases').filter((one) => one.name === name).length,
        listOf(older, 'bases').filter((one) => one.id === id).length,
        textAt(
          listOf(older, 'bases').find((one) => one.id === id),
          'permission_level',
        ),
      ],
      tables: line(tables),
      sameSchema: [line(plain).join() === line(tables).join(), line(schema).join() === line(tables).join()],
      renamed: [
        textAt(changed, 'tables', 0, 'name'),
        textAt(changed, 'tables', 0, 'description'),
        textAt(changed, 'tables', 0, 'fields', 1, 'name'),
      ],
      whoami: textAt(who, 'email') === user.email || textAt(who, 'id').startsWith('usr'),
      byName: listOf(found, 'records').map((one) => textAt(one, 'fields', 'Name')),
      cache: typeof valueAt(cache, 'invalidated') === 'number',
    };
  },
});
