import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});

const LockedPackage = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  link: z.boolean().default(false),
  dev: z.boolean().default(false),
  optional: z.boolean().default(false),
  devOptional: z.boolean().default(false),
  inBundle: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
  dependencies: names,
  optionalDependencies: names,
  devDependencies: names,
});
export type LockedPackage = z.infer<typeof LockedPackage>;

/** `package-lock.json` of npm 7 and newer: the packages by their folder, the root by the empty text. */
export const Lockfile = z.object({
  lockfileVersion: z.int().min(2),
  packages: z.record(z.string(), LockedPackage),
});
export type Lockfile = z.infer<typeof Lockfile>;

/** What `package.json` says of the dependencies. */
export const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  allowScripts: z.record(z.string(), z.boolean()).default({}),
});
export type Manifest = z.infer<typeof Manifest>;

/** The name of the package in a folder, e.g. `@scope/name` for `node_modules/a/node_modules/@scope/name`. */
export const nameIn = (folder: string): string => folder.slice(folder.lastIndexOf('node_modules/') + 13);

const exact = /^\d+\.\d+\.\d+(?:-[\w.-]+)?$/;
const groups = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

/** Dependencies that the manifest does not pin to one version, e.g. `jose: ^6.2.0`. */
export function unpinned(manifest: Manifest): string[] {
  return groups.flatMap((group) =>
    Object.entries(manifest[group])
      .filter(([, version]) => !exact.test(version))
      .map(([name, version]) => `${name}: ${version}`),
  );
}

/** What the manifest asks for and the lockfile has otherwise, or the other way round. */
export function lockedOtherwise(manifest: Manifest, { packages }: Lockfile): string[] {
  const root = packages[''];
  return groups.flatMap((group) => {
    const wanted = manifest[group];
    const locked = root?.[group] ?? {};
    return [...new Set([...Object.keys(wanted), ...Object.keys(locked)])]
      .filter(
        (name) => wanted[name] !== locked[name] || packages[`node_modules/${name}`]?.version === undefined,
      )
      .map((name) => `${name}: ${wanted[name] ?? 'not wanted'}, locked ${locked[name] ?? 'not at all'}`);
  });
}

/** Packages that come from elsewhere than a registry over HTTPS: from git, a folder or an unencrypted server. */
export function fromElsewhere({ packages }: Lockfile): string[] {
  return Object.entries(packages)
    .filter(
      ([folder, { resolved, link }]) =>
        folder !== '' && (link || !/^https:\/\//.test(resolved ?? 'https://')),
    )
    .map(([folder, { resolved }]) => `${folder}: ${resolved ?? 'a link'}`);
}

/** Packages that run a program when they are installed and that nobody has decided about. */
export function undecidedScripts({ packages }: Lockfile, { allowScripts }: Manifest): string[] {
  return Object.entries(packages)
    .filter(([folder, { hasInstallScript }]) => hasInstallScript && !(nameIn(folder) in allowScripts))
    .map(([folder]) => folder);
}
