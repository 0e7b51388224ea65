import type { ServiceName } from '../../../platform/contracts/service.ts';
import { databaseRoles } from '../../runtime/stack/service-environment.ts';
import type { Fault } from '../fault.ts';
import { availableCheck, readyCheck, sql, storingServices } from './parts.ts';

/** Ends the connections of a role, so that it meets what was changed. */
const disconnect = (role: string | undefined) =>
  `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`;

/** A table that a release with one migration less would not have. */
function missingTable(table: string, service: ServiceName, red = availableCheck(service)): Fault {
  const [schema, name] = table.split('.') as [string, string];
  return {
    id: `database.no-table-${name.replaceAll('_', '-')}`,
    title: `The table ${table} is missing`,
    layer: 'store',
    blockers: ['B6', 'P2', 'B14'],
    recorded: `relation "${name}" does not exist`,
    cause: 'The migrations of this release were not run on this database.',
    fix: 'Run the migrations before the services start.',
    defaultService: service,
    symptom: /does not exist|42P01|internal/,
    in: () => ({
      changes: [
        sql(
          `alter table ${table} rename to ${name}_of_another_release`,
          `alter table ${schema}.${name}_of_another_release rename to ${name}`,
        ),
      ],
      bite: { kind: 'sql', query: `select to_regclass('${table}')`, shows: /^null$/ },
      red: [red],
      green: ['services.mcp-server.ready'],
    }),
  };
}

/** Faults of PostgreSQL and Redis. */
export const storeFaults: readonly Fault[] = [
  missingTable('automation.workflows', 'automation-services', 'services.automation-services.complete'),
  missingTable('sagas.sagas', 'saga-service', 'services.saga-service.complete'),
  missingTable('profiles.profiles', 'user-service'),
  missingTable('files.files', 'file-service'),
  {
    id: 'database.read-only',
    title: 'The database accepts no writes',
    layer: 'store',
    blockers: [],
    recorded: 'cannot execute INSERT in a read-only transaction (25006)',
    cause: 'The services are connected to a standby, or the disk of the primary is full.',
    fix: 'Lead the services to the primary, and free the disk.',
    defaultService: 'platform-services',
    symptom: /25006|read-only|not_ready|503|500/,
    in: () => ({
      changes: [
        sql(
          `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$;
           select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`,
          `set transaction read write;
           do $$ begin execute format('alter database %I reset default_transaction_read_only', current_database()); end $$;
           select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`,
        ),
      ],
      bite: { kind: 'sql', query: 'show default_transaction_read_only', shows: /^on$/ },
      red: ['authentication.register.creates-account'],
      green: ['services.user-service.ready'],
    }),
  },
  {
    id: 'database.no-connections',
    title: 'A service gets no connection to the database',
    layer: 'store',
    blockers: ['B11'],
    recorded: 'FATAL: too many connections for role (53300); requests time out under load',
    cause: 'All connections that the role may have are in use or forbidden.',
    fix: 'Find who holds the connections in pg_stat_activity, and set pools and limits that fit together.',
    defaultService: 'user-service',
    services: storingServices,
    symptom: /53300|too many connections/,
    in: (service) => ({
      changes: [
        sql(
          `alter role ${databaseRoles[service]} connection limit 0; ${disconnect(databaseRoles[service])}`,
          `alter role ${databaseRoles[service]} connection limit -1`,
        ),
      ],
      bite: { kind: 'request', service, path: '/ready', shows: /^503 .*(53300|too many connections)/ },
      red: [readyCheck(service)],
      green: ['services.mcp-server.ready'],
    }),
  },
  {
    id: 'database.few-connections',
    title: 'A service has fewer connections than it needs at once',
    layer: 'store',
    blockers: ['B11'],
    recorded: '5 of 10 parallel health calls fail; reports blame pooling',
    cause: 'The limit of the role is below the size of the pool.',
    fix: 'Raise the limit of the role above the pools of all processes of the service.',
    defaultService: 'platform-services',
    symptom: /503|500|53300|too many connections/,
    in: (service) => ({
      changes: [
        sql(
          `alter role ${databaseRoles[service]} connection limit 2; ${disconnect(databaseRoles[service])}`,
          `alter role ${databaseRoles[service]} connection limit -1`,
        ),
      ],
      bite: {
        kind: 'sql',
        query: `select rolconnlimit from pg_roles where rolname = '${databaseRoles[service]}'`,
        shows: /^2$/,
      },
      red: ['authentication.register.sixty-at-once'],
      green: ['services.mcp-server.ready'],
    }),
  },
  {
    id: 'database.no-right-on-table',
    title: 'The role of a service may not read its own table',
    layer: 'store',
    blockers: ['B6'],
    recorded: 'permission denied for table profiles (42501)',
    cause: 'The table was made by another role, without the grants of the migrations.',
    fix: 'Let the migrations make tables, and grant what the role of the service needs.',
    defaultService: 'user-service',
    symptom: /42501|permission denied|internal/,
    in: () => ({
      changes: [
        sql(
          'revoke select on profiles.profiles from user_service',
          'grant select on profiles.profiles to user_service',
        ),
      ],
      bite: {
        kind: 'sql',
        query: `select has_table_privilege('user_service', 'profiles.profiles', 'select')`,
        shows: /^false$/,
      },
      red: ['services.user-service.available'],
      green: ['services.mcp-server.ready'],
    }),
  },
  {
    id: 'database.no-index',
    title: 'An index of a large table is missing',
    layer: 'store',
    blockers: [],
    recorded: 'Queries take more than 100 ms',
    cause: 'The index was dropped, or its creation has failed.',
    fix: 'Create it again, concurrently.',
    defaultService: 'file-service',
    symptom: /files/,
    in: () => ({
      changes: [
        sql(
          'drop index files.files_newest, files.files_with_status',
          `create index files_newest on files.files (tenant_id, workspace_id, created_at desc, id desc);
           create index files_with_status on files.files (tenant_id, workspace_id, status, created_at desc, id desc)`,
        ),
      ],
      bite: { kind: 'sql', query: `select to_regclass('files.files_newest')`, shows: /^null$/ },
      red: ['infrastructure.schema.reads-use-indexes'],
      green: ['services.file-service.available'],
    }),
  },
  {
    id: 'database.unknown-migration',
    title: 'The database has a migration of another release',
    layer: 'store',
    blockers: ['B6'],
    recorded: 'The service was rolled back, its database was not',
    cause: 'Program and database come from different releases.',
    fix: 'Deploy the release whose migrations the database has.',
    defaultService: 'platform-services',
    symptom: /999_of_another_release/,
    in: () => ({
      changes: [
        sql(
          `update migrations.applied set name = '999_of_another_release.sql' where name like '104%'`,
          `update migrations.applied set name = '104_exports.sql' where name = '999_of_another_release.sql'`,
        ),
      ],
      bite: {
        kind: 'sql',
        query: `select name from migrations.applied where name like '999%'`,
        shows: /999_of_another_release/,
      },
      red: ['infrastructure.schema.migrations-applied'],
      green: ['services.platform-services.ready'],
    }),
  },
  {
    id: 'redis.evicts',
    title: 'Redis deletes keys when it has no room',
    layer: 'store',
    blockers: ['P4'],
    recorded: 'Users are signed out at random; ended sessions work again',
    cause:
      'The policy of eviction is that of a cache, and the platform keeps ended sessions and limits there.',
    fix: 'Set maxmemory-policy to noeviction.',
    defaultService: 'gateway',
    symptom: /allkeys-lru/,
    in: () => ({
      changes: [
        {
          kind: 'redis',
          apply: [['config', 'set', 'maxmemory-policy', 'allkeys-lru']],
          restore: [['config', 'set', 'maxmemory-policy', 'noeviction']],
        },
      ],
      bite: { kind: 'redis', command: ['config', 'get', 'maxmemory-policy'], shows: /allkeys-lru/ },
      red: ['infrastructure.redis.memory-and-eviction'],
      green: ['services.user-service.ready'],
    }),
  },
];
