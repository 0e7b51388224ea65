import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckContext } from '../../context.ts';
import type { Json } from '../../json.ts';
import type { CheckScope } from '../check-scope.ts';

/** Folders that outlive the run, by key. An entry is complete or absent. */
export interface KeptFolders {
  find(key: string): Promise<string | undefined>;
  add(key: string, make: (folder: string) => Promise<void>): Promise<string>;
}

/** A result that must not be kept. */
class NotKept extends Error {}

const resultFile = 'result.json';

/**
 * Does slow work once per key, when a run keeps folders; otherwise each time.
 * @param kept.versions part of every key: the versions of the programs that do the work
 */
export function openKeptResults(
  scope: Pick<CheckScope, 'tmpDir'>,
  kept: { folders: KeptFolders; versions(): Promise<string> } | undefined,
): CheckContext['keptResult'] {
  return async (key, make, { keep }) => {
    let result: Json = null;
    const fill = async (folder: string): Promise<void> => {
      result = await make(folder);
      await writeFile(join(folder, resultFile), JSON.stringify(result));
    };
    if (!kept) {
      await mkdir(scope.tmpDir, { recursive: true });
      const folder = await mkdtemp(join(scope.tmpDir, 'made-'));
      await fill(folder);
      return { folder, result, from: 'this run' };
    }
    const name = createHash('sha256')
      .update(JSON.stringify([await kept.versions(), key]))
      .digest('hex');
    const found = await kept.folders.find(name);
    if (found !== undefined) {
      const stored = JSON.parse(await readFile(join(found, resultFile), 'utf8')) as Json;
      return { folder: found, result: stored, from: 'an earlier run' };
    }
    try {
      const folder = await kept.folders.add(name, async (newFolder) => {
        await fill(newFolder);
        if (!keep(result)) throw new NotKept();
      });
      return { folder, result, from: 'this run' };
    } catch (error) {
      if (!(error instanceof NotKept)) throw error;
      return { folder: undefined, result, from: 'this run' };
    }
  };
}
