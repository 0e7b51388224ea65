import type { Checkout } from '../../../harness/engine/index.ts';
import type { Lockfile } from './lockfile.ts';

/** How the installed packages differ from the locked ones. */
export interface InstalledDifference {
  /** Installed in another version, as `<folder>: <installed> instead of <locked>`. */
  otherVersion: string[];
  /** Needed and not installed. */
  missing: string[];
  /** Installed and not locked. */
  unknown: string[];
  /** Installed without a checksum in the lockfile. */
  unchecked: string[];
  /** Number of installed packages. */
  installed: number;
}

/** Compares what is below `node_modules` with a lockfile. */
export async function compareInstalled(
  checkout: Checkout,
  { packages }: Lockfile,
): Promise<InstalledDifference> {
  const found = await installedFolders(checkout, 'node_modules');
  const difference: InstalledDifference = {
    otherVersion: [],
    missing: [],
    unknown: found.filter((folder) => packages[folder] === undefined && !isMadeByScript(folder, packages)),
    unchecked: [],
    installed: found.length,
  };
  const installed = new Set(found);
  await Promise.all(
    Object.entries(packages).map(async ([folder, locked]) => {
      if (folder === '') return;
      if (!installed.has(folder)) {
        // Packages for development and for other systems may be left out.
        if (!locked.dev && !locked.optional && !locked.devOptional) difference.missing.push(folder);
        return;
      }
      const { version } = JSON.parse((await checkout.text(`${folder}/package.json`)) ?? '{}') as {
        version?: string;
      };
      if (version !== locked.version)
        difference.otherVersion.push(`${folder}: ${version} instead of ${locked.version}`);
      if (locked.integrity === undefined && !locked.inBundle && !locked.link)
        difference.unchecked.push(folder);
    }),
  );
  for (const list of [difference.otherVersion, difference.missing, difference.unchecked]) list.sort();
  return difference;
}

/** Whether the install script of the package around it has put it there, as that of `node` does with its program. */
function isMadeByScript(folder: string, packages: Lockfile['packages']): boolean {
  const around = folder.slice(0, folder.lastIndexOf('/node_modules/'));
  return around !== folder && packages[around]?.hasInstallScript === true;
}

/** Folders with a package below a `node_modules`, also nested ones. */
async function installedFolders(checkout: Checkout, folder: string): Promise<string[]> {
  const entries = (await checkout.names(folder)).filter((name) => !name.startsWith('.'));
  const nested = await Promise.all(
    entries.map(async (name) => {
      const path = `${folder}/${name}`;
      if (name.startsWith('@')) {
        const scoped = await checkout.names(path);
        return (await Promise.all(scoped.map((one) => packageFolders(checkout, `${path}/${one}`)))).flat();
      }
      return packageFolders(checkout, path);
    }),
  );
  return nested.flat();
}

async function packageFolders(checkout: Checkout, path: string): Promise<string[]> {
  const names = await checkout.names(path);
  if (!names.includes('package.json')) return [];
  const below = names.includes('node_modules')
    ? await installedFolders(checkout, `${path}/node_modules`)
    : [];
  return [path, ...below];
}
