/** The database of all services; each has its own schema and role. */
export const databaseName = 'pyairtable';

/** The superuser, for the migration job and for checks. */
export const adminRole = 'postgres';

/** PostgreSQL numbers its Unix sockets like TCP ports. */
export const socketPort = 5432;

/** Settings of the server that also apply to a deployment. */
export const serverSettings: Readonly<Record<string, string>> = {
  max_connections: '200',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
};

/** Settings for data that is removed with the run: nothing waits for a disk. */
export const volatileSettings: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // Files in the data folder instead of /dev/shm, where a killed server would leave them.
  dynamic_shared_memory_type: 'mmap',
  huge_pages: 'off',
};

/** With a standby, a commit is confirmed when both servers have it. Without one, the primary alone confirms. */
export const replicatedSettings: Readonly<Record<string, string>> = { synchronous_commit: 'on' };

/** Arguments of `initdb`; part of the key of a template. */
export const initdbArguments: readonly string[] = [
  `--username=${adminRole}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  // Without it, initdb fails without a message if the locale en_US.UTF-8 is missing.
  '--lc-messages=C',
  // Small log segments: every start copies the folder.
  '--wal-segsize=1',
  // As for the server: a killed initdb would leave its segments in /dev/shm.
  '--set=dynamic_shared_memory_type=mmap',
  '--no-sync',
  '--no-instructions',
];
