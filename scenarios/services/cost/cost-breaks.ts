import type { Break } from '../../../harness/engine/index.ts';

const violates = ['slowedDown'];

export const costBreaks: readonly Break[] = [
  {
    defect: 'The audit log has no index in the order of time.',
    changes: [
      {
        kind: 'sql',
        apply: 'drop index identity.audit_events_newest',
        restore:
          'create index audit_events_newest on identity.audit_events (tenant_id, created_at desc, id desc)',
      },
    ],
    violates,
  },
  {
    defect: 'Sorted lists of records read the whole table.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/airtable-gateway/embedded/records/list-plan.ts',
        find: '  const order = await orderIndex(options, equal);',
        replace: '  const order = (await orderIndex(options, equal)) && undefined;',
      },
    ],
    violates: ['readFromKeys', 'slowedDown'],
  },
  {
    defect: 'Filters read the whole table.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/airtable-gateway/embedded/records/list-plan.ts',
        find: '  const equal = equalKeys(options);',
        replace: '  const equal = equalKeys(options) && undefined;',
      },
    ],
    violates,
  },
];
