import type { Break } from '../../../harness/engine/index.ts';
import { changeJson, changeStatus, oneBreak } from '../../kit/breaks.ts';

export const injectionBreaks: readonly Break[] = [
  oneBreak(
    'A quotation mark in a search ends the text in the statement.',
    changeStatus({ method: 'GET', path: /\?search=.*%27|\?search='/ }, 500),
    'serverErrors',
  ),
  {
    defect: 'A sort order is executed by the database.',
    changes: [{ kind: 'exchange', method: 'GET', path: /\?(?:search|status)=.*pg_sleep/, delayMs: 3_000 }],
    violates: ['executed'],
  },
];

/** Each response gets the JSON of the one before it. */
function lagging() {
  let previous: unknown;
  return (json: unknown): unknown => {
    const shown = previous ?? json;
    previous = json;
    return shown;
  };
}

export const poolBreaks: readonly Break[] = [
  oneBreak(
    'A connection shows what the request before it has read.',
    changeJson({ method: 'GET', path: /^\/api\/workspaces$/ }, lagging()),
    'mixed',
    'right',
  ),
];

export const credentialBreaks: readonly Break[] = [
  {
    defect: 'The role of the user service has its name as its password.',
    changes: [
      {
        kind: 'sql',
        apply: `create table public.kept_password as select rolpassword from pg_authid where rolname = 'user_service';
          alter role user_service password 'user_service'`,
        restore: `do $$ begin
            execute format('alter role user_service password %L', (select rolpassword from public.kept_password));
          end $$;
          drop table public.kept_password`,
      },
    ],
    violates: ['defaultsAccepted'],
  },
];
