import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { constants, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { maxFileBytes } from '../../../contracts/file-service/contract.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Dependency } from '../../../kit/service/dependency.ts';

/** What was written, counted and hashed on the way. */
export interface Written {
  /** Bytes. */
  size: number;
  sha256: string;
  /** Whether a zero byte occurs in it. */
  hasZero: boolean;
}

/** A file's place in the storage; the name is made up here, nothing of it comes from a client. */
export interface Place {
  tenantId: string;
  storageName: string;
}

/**
 * Bytes on disk. A file that arrives lies in `incoming/`; only a complete one is moved to where files are read
 * from, so nothing truncated is ever found there.
 */
export interface Storage {
  /**
   * Writes what arrives, up to and including the limit.
   * @throws ProblemError `payload_too_large` after the first byte beyond it
   */
  write(storageName: string, content: Readable, signal: AbortSignal): Promise<Written>;
  incomingPath(storageName: string): string;
  path(place: Place): string;
  /** Moves a complete file to its place. */
  keep(place: Place): Promise<void>;
  /** @throws the file system's error, `ENOENT` when it is not there */
  open(place: Place): Promise<FileHandle>;
  remove(place: Place): Promise<void>;
  /** Removes what arrived and was never kept, when it is there. */
  discard(storageName: string): Promise<void>;
  /** Removes what stopped arriving longer ago than `ageMs`; answers how many. */
  sweep(ageMs: number): Promise<number>;
  readonly dependency: Dependency;
}

/** Only the service's own user may look into it. */
const folderMode = 0o700;
const fileMode = 0o600;

export function newStorageName(): string {
  return randomBytes(16).toString('hex');
}

/** @param root absolute path of a folder; made when it is not there */
export function openStorage(root: string): Storage {
  const incoming = join(root, 'incoming');
  const incomingPath = (storageName: string) => join(incoming, storageName);
  const folderOf = ({ tenantId, storageName }: Place) => join(root, tenantId, storageName.slice(0, 2));
  const path = (place: Place) => join(folderOf(place), place.storageName);

  return {
    incomingPath,
    path,

    async write(storageName, content, signal) {
      await mkdir(incoming, { recursive: true, mode: folderMode });
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
      // On the disk before it counts as stored; the flag refuses a name that is taken.
      const file = createWriteStream(incomingPath(storageName), { flags: 'wx', mode: fileMode, flush: true });
      await pipeline(content, meter, file, { signal });
      return { size, sha256: hash.digest('hex'), hasZero };
    },

    async keep(place) {
      await mkdir(folderOf(place), { recursive: true, mode: folderMode });
      await rename(incomingPath(place.storageName), path(place));
    },

    open: (place) => open(path(place), constants.O_RDONLY | constants.O_NOFOLLOW),
    remove: (place) => rm(path(place), { force: true }),
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
        await writable(incoming);
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

/** Rights say little about full or read-only disks: the test is a file. */
async function writable(folder: string): Promise<void> {
  const probe = join(folder, `probe-${newStorageName()}`);
  const file = await open(probe, 'wx', fileMode);
  try {
    await file.write('x');
  } finally {
    await file.close();
    await rm(probe, { force: true });
  }
}
