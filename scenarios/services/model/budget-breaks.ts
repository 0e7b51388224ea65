import type { Break } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

export const refusalBreaks: readonly Break[] = [
  {
    defect: 'No amount is beyond a budget.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/llm-orchestrator/budgets/budgets.ts',
        find: 'parseDollars(spent) + amount > parseDollars(limit)',
        replace: 'parseDollars(spent) + amount > parseDollars(limit) * 1_000_000',
      },
    ],
    violates: ['withoutBudget', 'usedUp', 'atOnce', 'ofConversation'],
  },
  {
    defect: 'The spending of a budget reads as nothing.',
    changes: [
      alteredJson('GET', /^\/api\/budgets\/user\//, (body) => {
        body.spent = '0.000000';
      }),
    ],
    violates: ['used', 'almostUsed'],
  },
];

export const foreignBudgetBreaks: readonly Break[] = [
  {
    defect: 'Every member of a tenant sets the budgets of all.',
    changes: [
      {
        kind: 'source',
        file: 'platform/contracts/llm-orchestrator/budgets.ts',
        find: `    summary: 'Set a user’s budget: the caller’s own, or as admin any in the tenant',
    access: 'user',
    needs: { tenant: 'admin', orSelf: 'params.id' },`,
        replace: `    summary: 'Set a user’s budget: the caller’s own, or as admin any in the tenant',
    access: 'user',
    needs: { tenant: 'member' },`,
      },
    ],
    violates: ['rejected', 'unchanged'],
  },
];

export const periodBreaks: readonly Break[] = [
  {
    defect: 'A weekly budget never starts again.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/llm-orchestrator/budgets/budgets.ts',
        find: `when 'weekly' then date_trunc('week', now(), 'UTC')`,
        replace: `when 'weekly' then '-infinity'::timestamptz`,
      },
    ],
    violates: ['asComputed'],
  },
];
