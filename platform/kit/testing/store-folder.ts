import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folder of the test run, if there is one. The reaper removes it when the run ends or is killed. */
export const testRunFolder = process.env.TEST_STORES_FOLDER;

/** Creates a folder for the store of a test, in memory-backed storage if the system has it. */
export function makeStoreFolder(store: string): Promise<string> {
  const parent = testRunFolder ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
  return mkdtemp(join(parent, `pyairtable-${store}-`));
}
