import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { constants, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { maxFileBytes } from '../../../contracts/file-service/contract.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Dependency } from '../../../kit/service/dependency.ts';
import { orStorageFull } from './storage-full.ts';

/** Properties of written content. */
export interface Written {
  /** Bytes. */
  size: number;
  sha256: string;
  /** Whether it contains a zero byte. */
  hasZero: boolean;
}

/** Location of a file in the storage. No part of the name comes from a client. */
export interface FileLocation {
  tenantId: string;
  storageName: string;
}

/**
 * Content of files on disk. An upload is written to `incoming/` and moved to its final location when it is complete,
 * so a stored file is never truncated.
 */
export interface Storage {
  /**
   * Writes an upload to `incoming/`.
   * @throws ProblemError `payload_too_large` when it has more than `maxFileBytes`, `storage_full` when the disk has no
   *   room for it
   */
  write(storageName: string, content: Readable, signal: AbortSignal): Promise<Written>;
  incomingPath(storageName: string): string;
  path(location: FileLocation): string;
  /** Moves a complete upload to its final location. @throws ProblemError `storage_full` when the disk has no room */
  commit(location: FileLocation): Promise<void>;
  /** @throws the file system's error: `ENOENT` when the file does not exist */
  open(location: FileLocation): Promise<FileHandle>;
  remove(location: FileLocation): Promise<void>;
  /** Removes all files of a tenant. @returns their number */
  removeTenant(tenantId: string): Promise<number>;
  /** Removes an upload from `incoming/`, if it exists. */
  discard(storageName: string): Promise<void>;
  /** Removes uploads that were last written more than `ageMs` ago. @returns their number */
  sweep(ageMs: number): Promise<number>;
  readonly dependency: Dependency;
}

/** Only the service's own user has access. */
const folderMode = 0o700;
const fileMode = 0o600;

export function newStorageName(): string {
  return randomBytes(16).toString('hex');
}

/** @param root absolute path of the folder; created when missing */
export function openStorage(root: string): Storage {
  const incoming = join(root, 'incoming');
  const incomingPath = (storageName: string) => join(incoming, storageName);
  const folderOf = ({ tenantId, storageName }: FileLocation) => join(root, tenantId, storageName.slice(0, 2));
  const path = (location: FileLocation) => join(folderOf(location), location.storageName);

  return {
    incomingPath,
    path,

    async write(storageName, content, signal) {
      await mkdir(incoming, { recursive: true, mode: folderMode }).catch(orStorageFull);
      const hash = createHash('sha256');
      let size = 0;
      let hasZero = false;
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          size += chunk.length;
          if (size > maxFileBytes) {
            done(tooLarge());
            return;
          }
          hash.update(chunk);
          hasZero ||= chunk.includes(0);
          done(null, chunk);
        },
      });
      // `flush` writes the content to the disk before it counts as stored; `wx` rejects an existing name.
      const file = createWriteStream(incomingPath(storageName), { flags: 'wx', mode: fileMode, flush: true });
      await pipeline(content, meter, file, { signal }).catch(orStorageFull);
      return { size, sha256: hash.digest('hex'), hasZero };
    },

    async commit(location) {
      await mkdir(folderOf(location), { recursive: true, mode: folderMode }).catch(orStorageFull);
      await rename(incomingPath(location.storageName), path(location)).catch(orStorageFull);
    },

    open: (location) => open(path(location), constants.O_RDONLY | constants.O_NOFOLLOW),
    remove: (location) => rm(path(location), { force: true }),
    async removeTenant(tenantId) {
      const folder = join(root, tenantId);
      let removed = 0;
      for (const part of await namesIn(folder)) removed += (await namesIn(join(folder, part))).length;
      await rm(folder, { recursive: true, force: true });
      return removed;
    },

    discard: (storageName) => rm(incomingPath(storageName), { force: true }),

    async sweep(ageMs) {
      const oldest = Date.now() - ageMs;
      let removed = 0;
      for (const name of await namesIn(incoming)) {
        const found = await stat(join(incoming, name)).catch(() => undefined);
        if (found === undefined || found.mtimeMs > oldest) continue;
        await rm(join(incoming, name), { force: true });
        removed += 1;
      }
      return removed;
    },

    dependency: {
      name: 'storage',
      async check() {
        await mkdir(incoming, { recursive: true, mode: folderMode });
        await assertWritable(incoming);
      },
    },
  };
}

function tooLarge(): Error {
  return problem('payload_too_large', { message: `A file may have at most ${maxFileBytes} bytes.` });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Writes a file, since permissions do not show a full or read-only disk. */
async function assertWritable(folder: string): Promise<void> {
  const path = join(folder, `write-test-${newStorageName()}`);
  const file = await open(path, 'wx', fileMode);
  try {
    await file.write('x');
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}
