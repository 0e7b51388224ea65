import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { trackedFiles } from '../tracked-files.ts';

/** Root folder of the repository. */
export const root = resolve(import.meta.dirname, '../..');

/** Paths of the manifests below deploy/kubernetes, without kustomize's own files. */
export function manifestFiles(): string[] {
  return trackedFiles().filter(
    (file) =>
      file.startsWith('deploy/kubernetes/') && file.endsWith('.yaml') && !file.endsWith('kustomization.yaml'),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: manifests of any kind; `validateManifest` has checked their form.
export type Manifest = any;

/** The objects of a YAML text. @throws Error when it is not YAML. */
export function readManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS();
  });
}

/** The objects of a file. */
export function manifestsOf(file: string): Manifest[] {
  return readManifests(readFileSync(join(root, file), 'utf8'));
}
