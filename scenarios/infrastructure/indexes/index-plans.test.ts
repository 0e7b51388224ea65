import { expect, it } from 'vitest';
import { tablesReadWhole } from './index-plans.ts';

const leading = new Map([
  ['users_pkey', 'id'],
  ['tokens_by_tenant', 'tenant_id'],
  ['keys_id_tenant', 'id'],
]);
const scan = (type: string, table: string, index?: string, condition?: string) => ({
  'Node Type': type,
  'Relation Name': table,
  ...(index ? { 'Index Name': index } : {}),
  ...(condition ? { 'Index Cond': condition } : {}),
});
const bitmap = (table: string, ...Plans: object[]) => ({
  'Node Type': 'Bitmap Heap Scan',
  'Relation Name': table,
  Plans: Plans as { 'Node Type': string }[],
});
const part = (index: string, condition: string) => ({
  'Node Type': 'Bitmap Index Scan',
  'Index Name': index,
  'Index Cond': condition,
});

it('finds tables that are read whole, also through an index that does not lead to the rows', () => {
  const plan = {
    'Node Type': 'Nested Loop',
    Plans: [
      scan('Seq Scan', 'files'),
      scan('Index Scan', 'users', 'users_pkey', '(id = $1)'),
      scan('Index Only Scan', 'grants', 'grants_pkey'),
      scan('Index Scan', 'keys', 'keys_id_tenant', '(tenant_id = $1)'),
      bitmap('tokens', part('tokens_by_tenant', '(tenant_id = $1)')),
      bitmap('sagas', {
        'Node Type': 'BitmapOr',
        Plans: [part('tokens_by_tenant', '(tenant_id = $1)'), part('keys_id_tenant', '(tenant_id = $1)')],
      }),
      { 'Node Type': 'Function Scan' },
    ],
  };
  expect(tablesReadWhole(plan, leading)).toEqual(['files', 'grants', 'keys', 'sagas']);
});
