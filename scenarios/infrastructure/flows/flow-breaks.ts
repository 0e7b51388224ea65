import type { Break } from '../../../harness/engine/index.ts';

export const flowBreaks: readonly Break[] = [
  {
    defect: 'The second effect of each flow happens twice.',
    changes: [
      {
        kind: 'trigger',
        on: 'after insert on airtable.records',
        does: `if pg_trigger_depth() = 1 and new.cells::text like '%/2"%' then
                 new.id := 'rec' || substr(md5(new.id), 1, 14);
                 new.number := new.number + 1000000;
                 insert into airtable.records select new.*;
               end if;
               return null;`,
      },
    ],
    violates: ['doubled'],
  },
  {
    defect: 'The fourth effect of each flow is confirmed and does not happen.',
    changes: [
      {
        kind: 'trigger',
        on: 'after insert on airtable.records',
        does: `if new.cells::text like '%/4"%' then delete from airtable.records where id = new.id; end if;
               return null;`,
      },
    ],
    violates: ['missing'],
  },
  {
    defect: 'Runs fail after their last step.',
    changes: [
      {
        kind: 'trigger',
        on: 'before update of status on automation.executions',
        does: `if new.status = 'completed' then new.status := 'failed'; end if; return new;`,
      },
    ],
    violates: ['notCompleted'],
  },
];
