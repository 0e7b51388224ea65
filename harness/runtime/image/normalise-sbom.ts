interface Component {
  'bom-ref'?: string;
  properties?: { name: string; value?: string }[];
}

interface Document {
  serialNumber?: string;
  metadata: object;
  components: Component[];
  dependencies?: { ref: string; dependsOn?: string[] }[];
}

/**
 * Makes a CycloneDX document of npm the same for the same packages: its time becomes the given one, and its random
 * serial number is left out. Packages for development are left out too. npm's own `--omit=dev` also leaves out every
 * package that production and development share.
 * @param epoch seconds since 1970
 */
export function normaliseSbom(text: string, epoch: number): string {
  const { serialNumber: _, metadata, components, dependencies, ...rest } = JSON.parse(text) as Document;
  const development = components.filter(({ properties }) =>
    properties?.some(({ name }) => name === 'cdx:npm:package:development'),
  );
  const omitted = new Set(development.map((component) => component['bom-ref']));
  const document = {
    ...rest,
    metadata: { ...metadata, timestamp: new Date(epoch * 1000).toISOString() },
    components: components.filter((component) => !development.includes(component)),
    ...(dependencies && {
      dependencies: dependencies
        .filter(({ ref }) => !omitted.has(ref))
        .map(({ dependsOn, ...one }) => ({
          ...one,
          ...(dependsOn && { dependsOn: dependsOn.filter((ref) => !omitted.has(ref)) }),
        })),
    }),
  };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}
