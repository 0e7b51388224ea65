/** The database every service shares; each has a schema and a role of its own in it. */
export const databaseName = 'pyairtable';

/** The superuser; used by the migration job and by checks that look from outside the services' roles. */
export const adminRole = 'postgres';

/** PostgreSQL numbers its Unix sockets like TCP ports. */
export const socketPort = 5432;

/** Settings of the server that a deployment would share. */
export const serverSettings: Readonly<Record<string, string>> = {
  max_connections: '200',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
};

/** Settings for data that is thrown away with the run: nothing waits for a disk. */
export const volatileSettings: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // Files in the data folder instead of /dev/shm, so that a killed server leaves nothing there.
  dynamic_shared_memory_type: 'mmap',
  huge_pages: 'off',
};

/** Arguments for `initdb`; part of the key of a prepared data folder. */
export const initdbArguments: readonly string[] = [
  `--username=${adminRole}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  // Without it initdb fails without a word where the locale en_US.UTF-8 is missing.
  '--lc-messages=C',
  // Small log segments: the prepared folder is copied at every start.
  '--wal-segsize=1',
  // As for the server below: an initdb that is killed would leave its segments in /dev/shm.
  '--set=dynamic_shared_memory_type=mmap',
  '--no-sync',
  '--no-instructions',
];
