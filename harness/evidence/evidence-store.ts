import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceSink } from './evidence-sink.ts';

/** Writes the evidence of checks to `<runDir>/evidence/<check id>/`. */
export class EvidenceStore {
  readonly #runDir: string;
  readonly #written = new Set<string>();

  constructor(runDir: string) {
    this.#runDir = runDir;
  }

  /** A sink for one check; `paths` lists the written files, relative to the run folder, oldest first. */
  forCheck(check: string): EvidenceSink & { readonly paths: readonly string[] } {
    const paths: string[] = [];
    const folder = `evidence/${check}`;
    return {
      paths,
      write: async (name, content) => {
        const path = this.#unusedPath(folder, safeName(name));
        this.#written.add(path);
        paths.push(path);
        await mkdir(join(this.#runDir, folder), { recursive: true });
        await writeFile(join(this.#runDir, path), content);
      },
    };
  }

  #unusedPath(folder: string, name: string): string {
    const dot = name.lastIndexOf('.');
    const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let path = `${folder}/${name}`;
    for (let count = 2; this.#written.has(path); count += 1) path = `${folder}/${stem}-${count}${ending}`;
    return path;
  }
}

function safeName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '') || 'evidence';
}
