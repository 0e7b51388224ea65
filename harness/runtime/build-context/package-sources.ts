import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ContextFinding } from '../../engine/build-context-report.ts';
import type { BuildContext } from './build-context.ts';
import { stateFixes, stateTexts } from './describe-state.ts';

const dependencyFields = [
  'dependencies',
  'optionalDependencies',
  'devDependencies',
  'peerDependencies',
  'overrides',
] as const;

/** A package that npm takes from a path. */
interface LocalSource {
  /** File and field that name it. */
  where: string;
  /** As it is written. */
  text: string;
  /** Absolute. */
  path: string;
}

/** Packages of package.json and package-lock.json that npm would take from a path that the builder does not have. */
export function findPackageSources(context: BuildContext): ContextFinding[] {
  const sources = [...manifestSources(context.root), ...lockSources(context.root)];
  const byPath = new Map<string, LocalSource[]>();
  for (const source of sources) {
    const same = byPath.get(source.path);
    if (same) same.push(source);
    else byPath.set(source.path, [source]);
  }
  return [...byPath].flatMap(([path, [first, ...others]]) => {
    const state = context.state(path);
    if (first === undefined || state === 'present') return [];
    return {
      what: `npm takes a package from ${first.text}, which ${stateTexts[state]}.`,
      where: [first, ...others].map(({ where }) => where).join('; '),
      fix: stateFixes[state],
    };
  });
}

function manifestSources(root: string): LocalSource[] {
  const manifest = readObject(join(root, 'package.json'));
  const workspaces = Array.isArray(manifest.workspaces)
    ? manifest.workspaces
    : (asObject(manifest.workspaces).packages ?? []);
  return [
    ...dependencyFields.flatMap((field) => specifiers(manifest[field], field)),
    ...(Array.isArray(workspaces) ? workspaces : [])
      // A pattern stands for folders below its part before the first wildcard.
      .map((pattern) => ({ where: 'workspaces', text: String(pattern).replace(/[*?{[].*$/, '') || '.' })),
  ].flatMap(({ where, text }) => {
    const path = where === 'workspaces' ? text : localPath(text);
    return path === undefined ? [] : [{ where: `package.json, ${where}`, text, path: resolve(root, path) }];
  });
}

function lockSources(root: string): LocalSource[] {
  const packages = asObject(readObject(join(root, 'package-lock.json')).packages);
  return Object.entries(packages).flatMap(([key, value]) => {
    const { link, resolved } = asObject(value);
    const where = `package-lock.json, ${key}`;
    if (key !== '' && !key.startsWith('node_modules/') && !key.includes('/node_modules/'))
      return [{ where, text: key, path: resolve(root, key) }];
    if (typeof resolved !== 'string') return [];
    const path = link === true ? resolved : localPath(resolved);
    return path === undefined ? [] : [{ where, text: resolved, path: resolve(root, path) }];
  });
}

/** All texts of a field and the objects in it, each with the names that lead to it. */
function specifiers(value: unknown, where: string): { where: string; text: string }[] {
  if (typeof value === 'string') return [{ where, text: value }];
  return Object.entries(asObject(value)).flatMap(([name, inner]) => specifiers(inner, `${where}.${name}`));
}

/** The path of a package that is neither in a registry nor at an address; undefined for all others. */
function localPath(specifier: string): string | undefined {
  const [, path = specifier] =
    /^(?:file:|link:|portal:|git\+file:)(?:\/\/(?=\/))?(.*?)(?:#.*)?$/.exec(specifier) ?? [];
  if (path.startsWith('~/')) return join(homedir(), path.slice(2));
  return path !== specifier || /^(?:\.{1,2}(?:\/|$)|\/)/.test(path) ? path : undefined;
}

function readObject(file: string): Record<string, unknown> {
  if (!existsSync(file)) return {};
  return asObject(JSON.parse(readFileSync(file, 'utf8')));
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
