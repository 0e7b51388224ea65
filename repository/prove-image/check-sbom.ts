import { z } from 'zod';

/** The parts of a CycloneDX document that readers rely on. */
const Sbom = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string().regex(/^1\.\d+$/),
  version: z.int().positive(),
  metadata: z.object({ timestamp: z.iso.datetime(), component: z.object({ name: z.string() }) }),
  components: z.array(
    z.object({
      type: z.literal('library'),
      name: z.string().min(1),
      version: z.string().min(1),
      purl: z.string().startsWith('pkg:npm/'),
    }),
  ),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()).optional() })),
});
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      name: z.string().optional(),
      version: z.string().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
    }),
  ),
});

/**
 * Compares an SBOM with the lock file.
 * @returns what is wrong, one sentence each
 */
export function checkSbom(text: string, lockFile: string): string[] {
  const sbom = Sbom.safeParse(JSON.parse(text));
  if (!sbom.success)
    return sbom.error.issues.map(
      ({ path, message }) => `The SBOM is invalid at ${path.join('.')}: ${message}.`,
    );
  const listed = new Set(sbom.data.components.map(({ name, version }) => `${name}@${version}`));
  const { packages } = Lock.parse(JSON.parse(lockFile));
  return Object.entries(packages).flatMap(([path, { name, version, dev, devOptional }]) => {
    if (path === '' || dev || devOptional) return [];
    const one = `${name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`;
    return listed.has(one) ? [] : [`The SBOM does not list ${one}.`];
  });
}
