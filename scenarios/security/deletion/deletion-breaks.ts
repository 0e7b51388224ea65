import type { Break } from '../../../harness/engine/index.ts';
import { changeStatus, oneBreak } from '../../kit/breaks.ts';

export const goneBreaks: readonly Break[] = [
  oneBreak(
    'A deleted account signs in.',
    changeStatus({ method: 'POST', path: /^\/api\/auth\/login$/, status: 401 }, 200),
    'signIn',
  ),
  oneBreak(
    'The tokens of a deleted account are refreshed.',
    changeStatus({ method: 'POST', path: /^\/api\/auth\/refresh$/, status: 401 }, 200),
    'refresh',
  ),
];

/** Tables that the services delete from directly. */
const keptTables = ['airtable.collaborators', 'files.files', 'identity.audit_events', 'profiles.profiles'];

export const erasureBreaks: readonly Break[] = [
  {
    defect: 'Services keep rows of a deleted account.',
    changes: keptTables.map((table) => ({
      kind: 'trigger' as const,
      on: `before delete on ${table}`,
      does: 'return null;',
    })),
    violates: ['left'],
  },
];

export const exportBreaks: readonly Break[] = [
  {
    defect: 'An export lacks the files.',
    changes: [
      {
        kind: 'sql',
        apply: `create policy hide on files.files as restrictive for select to file_service
          using (current_query() not like '%exported_rows%')`,
        restore: 'drop policy hide on files.files',
      },
    ],
    violates: ['differing'],
  },
  {
    defect: 'An archive can be downloaded again.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update of status on identity.exports',
        does: `if new.status = 'downloaded' then new.status := old.status; end if; return new;`,
      },
      {
        kind: 'trigger',
        on: 'before delete on identity.export_parts',
        does: `if exists (select from identity.exports where id = old.export_id) then return null; end if; return old;`,
      },
    ],
    violates: ['again'],
  },
];
