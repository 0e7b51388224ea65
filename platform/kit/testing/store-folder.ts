import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Set for the tests: a folder that is removed when the test run is over, however it ends. */
export const testRunFolder = process.env.TEST_STORES_FOLDER;

/** A new folder for a store of a test, in memory where the system offers that. */
export function makeStoreFolder(store: string): Promise<string> {
  const parent = testRunFolder ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
  return mkdtemp(join(parent, `pyairtable-${store}-`));
}
