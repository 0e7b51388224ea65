import type { Fault } from '../fault.ts';
import { control } from './control.ts';
import { sql } from './parts.ts';

/** Rights in the database that are too wide. */
export const databaseRightFaults: readonly Fault[] = [
  control({
    id: 'security.row-level-off',
    title: 'The rows of a table are not kept apart by tenant',
    recorded: 'A tenant sees the files of another one',
    cause: 'Row-level security was switched off for a migration.',
    fix: 'Switch it on again: enable and force row level security.',
    service: 'file-service',
    symptom: /files\.files/,
    changes: [
      sql(
        'alter table files.files disable row level security',
        'alter table files.files enable row level security',
      ),
    ],
    bite: {
      kind: 'sql',
      query: `select relrowsecurity from pg_class where oid = 'files.files'::regclass`,
      shows: /^false$/,
    },
    red: ['infrastructure.row-security.forced-on-tenant-tables'],
  }),
  control({
    id: 'security.policy-for-everybody',
    title: 'A policy of a table lets every tenant read',
    recorded: 'A tenant sees the files of another one',
    cause: 'A second policy was added: policies of a table are joined by or.',
    fix: 'Drop the policy.',
    service: 'file-service',
    symptom: /files/,
    changes: [
      sql(
        'create policy everybody on files.files for select to file_service using (true)',
        'drop policy everybody on files.files',
      ),
    ],
    bite: {
      kind: 'sql',
      query: `select count(*) from pg_policy where polname = 'everybody'`,
      shows: /^1$/,
    },
    red: ['security.tenants.service-roles-confined'],
  }),
  control({
    id: 'security.role-bypasses-rows',
    title: 'The database role of a service sees the rows of every tenant',
    recorded: 'The application connects as the superuser',
    cause: 'The role was given more rights to end an error.',
    fix: 'Take BYPASSRLS away, and grant what is missing.',
    service: 'user-service',
    symptom: /user_service|bypass/i,
    changes: [sql('alter role user_service bypassrls', 'alter role user_service nobypassrls')],
    bite: {
      kind: 'sql',
      query: `select rolbypassrls from pg_roles where rolname = 'user_service'`,
      shows: /^true$/,
    },
    red: ['infrastructure.roles.one-unprivileged-per-service'],
  }),
  control({
    id: 'security.audit-log-changeable',
    title: 'The writer of the audit log may change it',
    recorded: 'Events are missing from the audit log',
    cause: 'The role was granted all rights on the schema.',
    fix: 'Grant insert and select only.',
    service: 'platform-services',
    symptom: /audit|update/i,
    changes: [
      sql(
        'grant update on identity.audit_events to platform_services',
        'revoke update on identity.audit_events from platform_services',
      ),
    ],
    bite: {
      kind: 'sql',
      query: `select has_table_privilege('platform_services', 'identity.audit_events', 'update')`,
      shows: /^true$/,
    },
    red: ['security.database-security'],
  }),
];
