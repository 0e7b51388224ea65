import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceSink } from './evidence-sink.ts';

/** Keeps what checks saw below `<runDir>/evidence/<check id>/`, and the hash of every file as it was written. */
export class EvidenceStore {
  readonly #runDir: string;
  readonly #hashes = new Map<string, string>();

  constructor(runDir: string) {
    this.#runDir = runDir;
  }

  /** SHA-256 by path relative to the run folder. */
  get hashes(): ReadonlyMap<string, string> {
    return this.#hashes;
  }

  /** A sink for one check. `paths` lists what was written, oldest first. */
  forCheck(check: string): EvidenceSink & { readonly paths: readonly string[] } {
    const paths: string[] = [];
    const folder = `evidence/${check}`;
    return {
      paths,
      write: async (name, content) => {
        const path = `${folder}/${unusedName(safeName(name), folder, this.#hashes)}`;
        this.#hashes.set(path, createHash('sha256').update(content).digest('hex'));
        paths.push(path);
        await mkdir(join(this.#runDir, folder), { recursive: true });
        await writeFile(join(this.#runDir, path), content);
      },
    };
  }
}

function safeName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '') || 'evidence';
}

function unusedName(name: string, folder: string, taken: ReadonlyMap<string, string>): string {
  if (!taken.has(`${folder}/${name}`)) return name;
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let count = 2; ; count += 1) {
    const candidate = `${stem}-${count}${ending}`;
    if (!taken.has(`${folder}/${candidate}`)) return candidate;
  }
}
