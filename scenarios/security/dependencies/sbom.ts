import { type LockedPackage, type Lockfile, type Manifest, nameIn } from './lockfile.ts';

interface Component {
  type: 'library';
  'bom-ref': string;
  group?: string;
  name: string;
  version: string;
  purl: string;
  /** `excluded`: for development only. */
  scope: 'required' | 'optional' | 'excluded';
  hashes?: { alg: 'SHA-512'; content: string }[];
  licenses?: { expression: string }[];
}

/** A software bill of materials in the form of CycloneDX 1.6, as far as a lockfile knows it. */
export interface Sbom {
  bomFormat: 'CycloneDX';
  specVersion: '1.6';
  version: 1;
  metadata: { component: { type: 'application'; 'bom-ref': string; name: string; version: string } };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** Makes the bill of materials of everything that a lockfile may install. The same lockfile gives the same bill. */
export function sbomOf({ packages }: Lockfile, manifest: Manifest): Sbom {
  const root = `pkg:npm/${manifest.name}@${manifest.version}`;
  const folders = Object.keys(packages).filter((folder) => folder !== '');
  // Two copies of one version in different folders are one component each.
  const refOf = (folder: string) =>
    folder === '' ? root : `${purlOf(folder, packages[folder] as LockedPackage)}#${folder}`;
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { type: 'application', 'bom-ref': root, name: manifest.name, version: manifest.version },
    },
    components: folders.map((folder) => component(folder, packages[folder] as LockedPackage, refOf(folder))),
    dependencies: ['', ...folders].map((folder) => ({
      ref: refOf(folder),
      dependsOn: dependenciesOf(packages, folder).map(refOf),
    })),
  };
}

function purlOf(folder: string, { name = nameIn(folder), version = '' }: LockedPackage): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function component(folder: string, locked: LockedPackage, ref: string): Component {
  const { name = nameIn(folder), version = '', integrity, license } = locked;
  const [group, ...rest] = name.split('/');
  const sha512 = /^sha512-(\S+)/.exec(integrity ?? '')?.[1];
  return {
    type: 'library',
    'bom-ref': ref,
    ...(rest.length > 0 && group !== undefined ? { group, name: rest.join('/') } : { name }),
    version,
    purl: purlOf(folder, locked),
    scope: locked.dev ? 'excluded' : locked.optional || locked.devOptional ? 'optional' : 'required',
    ...(sha512 === undefined
      ? {}
      : { hashes: [{ alg: 'SHA-512' as const, content: Buffer.from(sha512, 'base64').toString('hex') }] }),
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
  };
}

/** Folders of the packages that a package finds, as Node looks for them: below itself, then beside it, and so on. */
function dependenciesOf(packages: Lockfile['packages'], folder: string): string[] {
  const { dependencies = {}, optionalDependencies = {}, devDependencies = {} } = packages[folder] ?? {};
  const wanted = { ...dependencies, ...optionalDependencies, ...(folder === '' ? devDependencies : {}) };
  return Object.keys(wanted).flatMap((name) => {
    const found = placesFor(folder, name).find((place) => packages[place] !== undefined);
    // An optional package of another system may be absent.
    return found === undefined ? [] : [found];
  });
}

function placesFor(folder: string, name: string): string[] {
  const parts = folder === '' ? [] : folder.split('/node_modules/');
  const above = parts.map((_part, index) => parts.slice(0, parts.length - index).join('/node_modules/'));
  return [...above.map((one) => `${one}/node_modules/${name}`), `node_modules/${name}`];
}
