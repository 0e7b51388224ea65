import { atLeast, defineCheck, empty, ProductFailure } from '../../../harness/engine/index.ts';
import { dependencyBreaks } from './dependency-breaks.ts';
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

export const dependenciesLocked = defineCheck({
  id: 'security.dependencies.installed-as-locked',
  title: 'Every package is pinned, checked and installed as locked',
  failureTitle: 'A package is not pinned, or installed otherwise than locked',
  why: 'Most of a program is code of others. Without one pinned and checked version of each, nobody knows what runs, and a stolen account of a maintainer is enough to change it (ASVS 15.1.2, 15.2.4).',
  category: 'security',
  severity: 'high',
  standards: ['ASVS 15.1.2', 'ASVS 15.2.4', 'API8'],
  requires: ['source-checkout'],
  services: [],
  timeoutMs: 60_000,
  remediation: {
    text: 'npm install --save-exact for a dependency, npm ci for the installation, and a decision in allowScripts for each package with an install script. sbom.cdx.json in the evidence is the bill of materials (CycloneDX 1.6).',
    effort: 'hours',
  },
  expects: {
    unpinned: empty(),
    lockedOtherwise: empty(),
    fromElsewhere: empty(),
    withoutChecksum: empty(),
    undecidedScripts: empty(),
    otherVersion: empty(),
    missing: empty(),
    unknown: empty(),
    packages: atLeast(100, 'packages'),
  },
  breaks: dependencyBreaks,
  run: async (context) => {
    const checkout = context.checkout();
    const read = async (path: string): Promise<unknown> => {
      const text = await checkout.text(path);
      if (text === undefined) throw new ProductFailure(`There is no ${path}.`);
      return JSON.parse(text);
    };
    const manifest = Manifest.parse(await read('package.json'));
    const lockfile = Lockfile.parse(await read('package-lock.json'));
    const installed = await compareInstalled(checkout, lockfile);
    await context.keep('sbom.cdx.json', JSON.stringify(sbomOf(lockfile, manifest), null, 2));
    return {
      unpinned: unpinned(manifest),
      lockedOtherwise: lockedOtherwise(manifest, lockfile),
      fromElsewhere: fromElsewhere(lockfile),
      withoutChecksum: installed.unchecked,
      undecidedScripts: undecidedScripts(lockfile, manifest),
      otherVersion: installed.otherVersion,
      missing: installed.missing,
      unknown: installed.unknown,
      packages: installed.installed,
    };
  },
});
