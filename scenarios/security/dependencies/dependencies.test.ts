import { describe, expect, it } from 'vitest';
import type { Checkout } from '../../../harness/engine/index.ts';
import { compareInstalled } from './installed-packages.ts';
import {
  fromElsewhere,
  Lockfile,
  lockedOtherwise,
  Manifest,
  undecidedScripts,
  unpinned,
} from './lockfile.ts';
import { sbomOf } from './sbom.ts';

const integrity = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
const manifest = Manifest.parse({
  name: 'app',
  version: '1.0.0',
  dependencies: { a: '1.0.0', '@s/b': '2.0.0' },
  devDependencies: { d: '4.0.0' },
  allowScripts: { a: true },
});
const packages = {
  '': { dependencies: { a: '1.0.0', '@s/b': '2.0.0' }, devDependencies: { d: '4.0.0' } },
  'node_modules/a': {
    version: '1.0.0',
    integrity,
    license: 'MIT',
    hasInstallScript: true,
    dependencies: { c: '^1.0.0' },
  },
  'node_modules/a/node_modules/c': { version: '1.0.0', integrity },
  'node_modules/c': { version: '2.0.0', integrity },
  'node_modules/@s/b': { version: '2.0.0', integrity, dependencies: { c: '^2.0.0' } },
  'node_modules/d': { version: '4.0.0', integrity, dev: true },
  'node_modules/other-system': { version: '1.0.0', optional: true },
};
const lockfile = Lockfile.parse({ lockfileVersion: 3, packages });
const locked = (more: object) => Lockfile.parse({ lockfileVersion: 3, packages: { ...packages, ...more } });

/** A checkout that has these packages, by folder. */
function checkoutOf(versions: Readonly<Record<string, string>>): Checkout {
  const files = Object.keys(versions).map((folder) => `${folder}/package.json`);
  return {
    text: async (path) => {
      const version = versions[path.replace(/\/package\.json$/, '')];
      return version === undefined ? undefined : JSON.stringify({ version });
    },
    tracked: async () => [],
    names: async (folder) => [
      ...new Set(
        files
          .filter((file) => file.startsWith(`${folder}/`))
          .map((file) => file.slice(folder.length + 1).split('/')[0] as string),
      ),
    ],
  };
}
const installed = {
  'node_modules/a': '1.0.0',
  'node_modules/a/node_modules/c': '1.0.0',
  'node_modules/c': '2.0.0',
  'node_modules/@s/b': '2.0.0',
  'node_modules/d': '4.0.0',
};

describe('a lockfile', () => {
  it('that agrees with its manifest has no finding', () => {
    expect([
      unpinned(manifest),
      lockedOtherwise(manifest, lockfile),
      fromElsewhere(lockfile),
      undecidedScripts(lockfile, manifest),
    ]).toEqual([[], [], [], []]);
  });

  it.each(['^1.0.0', '1.x', 'latest', '*', 'git+https://host/a.git', 'file:../a'])(
    'does not pin %s',
    (version) => {
      expect(unpinned({ ...manifest, dependencies: { a: version } })).toEqual([`a: ${version}`]);
    },
  );

  it('differs from a manifest that wants another version, more, or less', () => {
    expect(lockedOtherwise({ ...manifest, dependencies: { a: '1.0.1', e: '1.0.0' } }, lockfile)).toEqual([
      'a: 1.0.1, locked 1.0.0',
      'e: 1.0.0, locked not at all',
      '@s/b: not wanted, locked 2.0.0',
    ]);
  });

  it.each([
    ['http://host/a.tgz', 'http://host/a.tgz'],
    ['git+ssh://git@host/a.git#1', 'git+ssh://git@host/a.git#1'],
    ['file:../a', 'file:../a'],
  ])('names a package from %s', (_what, resolved) => {
    expect(fromElsewhere(locked({ 'node_modules/x': { version: '1.0.0', resolved } }))).toEqual([
      `node_modules/x: ${resolved}`,
    ]);
  });

  it('names a linked folder, and a script that nobody has decided about', () => {
    const more = locked({ 'node_modules/x': { link: true }, 'node_modules/y': { hasInstallScript: true } });
    expect(fromElsewhere(more)).toEqual(['node_modules/x: a link']);
    expect(undecidedScripts(more, manifest)).toEqual(['node_modules/y']);
  });
});

describe('the installed packages', () => {
  it('agree with the lockfile without those of other systems', async () => {
    expect(await compareInstalled(checkoutOf(installed), lockfile)).toEqual({
      otherVersion: [],
      missing: [],
      unknown: [],
      unchecked: [],
      installed: 5,
    });
  });

  it('differ by version, are missing, are unknown, or have no checksum', async () => {
    const { 'node_modules/c': _missing, ...others } = installed;
    const checkout = checkoutOf({
      ...others,
      'node_modules/a/node_modules/c': '1.0.1',
      'node_modules/@s/x': '1.0.0',
      'node_modules/other-system': '1.0.0',
    });
    expect(await compareInstalled(checkout, lockfile)).toMatchObject({
      otherVersion: ['node_modules/a/node_modules/c: 1.0.1 instead of 1.0.0'],
      missing: ['node_modules/c'],
      unknown: ['node_modules/@s/x'],
      unchecked: ['node_modules/other-system'],
    });
  });

  it('may have what an install script has put into its package', async () => {
    const made = {
      ...installed,
      'node_modules/a/node_modules/program': '1.0.0',
      'node_modules/c/node_modules/x': '1.0.0',
    };
    expect((await compareInstalled(checkoutOf(made), lockfile)).unknown).toEqual([
      'node_modules/c/node_modules/x',
    ]);
  });

  it('may lack those for development', async () => {
    const { 'node_modules/d': _development, ...production } = installed;
    expect((await compareInstalled(checkoutOf(production), lockfile)).missing).toEqual([]);
  });
});

describe('the bill of materials', () => {
  const sbom = sbomOf(lockfile, manifest);

  it('has every locked package with version, checksum, licence and scope', () => {
    expect(sbom.components).toHaveLength(6);
    expect(sbom.components[0]).toEqual({
      type: 'library',
      'bom-ref': 'pkg:npm/a@1.0.0#node_modules/a',
      name: 'a',
      version: '1.0.0',
      purl: 'pkg:npm/a@1.0.0',
      scope: 'required',
      hashes: [{ alg: 'SHA-512', content: '01'.repeat(64) }],
      licenses: [{ expression: 'MIT' }],
    });
    expect(sbom.components.map(({ scope }) => scope)).toEqual([
      'required',
      'required',
      'required',
      'required',
      'excluded',
      'optional',
    ]);
    expect(sbom.components[3]).toMatchObject({ group: '@s', name: 'b', purl: 'pkg:npm/%40s/b@2.0.0' });
  });

  it('resolves dependencies as Node does: from the inside to the outside', () => {
    const of = (ref: string) => sbom.dependencies.find((one) => one.ref.startsWith(ref))?.dependsOn;
    expect(of('pkg:npm/a@')).toEqual(['pkg:npm/c@1.0.0#node_modules/a/node_modules/c']);
    expect(of('pkg:npm/%40s/b@')).toEqual(['pkg:npm/c@2.0.0#node_modules/c']);
    expect(of('pkg:npm/app@')).toHaveLength(3);
  });

  it('is the same for the same lockfile', () => {
    expect(JSON.stringify(sbomOf(lockfile, manifest))).toBe(JSON.stringify(sbom));
  });
});
