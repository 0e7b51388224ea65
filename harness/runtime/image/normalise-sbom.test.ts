import { expect, test } from 'vitest';
import { normaliseSbom } from './normalise-sbom.ts';

const document = (serialNumber: string, timestamp: string): string =>
  JSON.stringify({
    bomFormat: 'CycloneDX',
    serialNumber,
    metadata: { timestamp, tools: [] },
    components: [{ name: 'pg' }],
  });

test('two documents about the same packages become the same text', () => {
  const first = normaliseSbom(document('urn:uuid:1', '2025-08-07T00:00:00Z'), 0);
  expect(normaliseSbom(document('urn:uuid:2', '2025-08-08T00:00:00Z'), 0)).toBe(first);
  expect(JSON.parse(first)).toEqual({
    bomFormat: 'CycloneDX',
    metadata: { timestamp: '1970-01-01T00:00:00.000Z', tools: [] },
    components: [{ name: 'pg' }],
  });
});

test('packages for development are left out, and shared ones stay', () => {
  const text = JSON.stringify({
    metadata: {},
    components: [
      { 'bom-ref': 'zod@4', name: 'zod' },
      { 'bom-ref': 'vitest@5', properties: [{ name: 'cdx:npm:package:development', value: 'true' }] },
    ],
    dependencies: [
      { ref: 'root', dependsOn: ['zod@4', 'vitest@5'] },
      { ref: 'vitest@5', dependsOn: ['zod@4'] },
    ],
  });
  expect(JSON.parse(normaliseSbom(text, 0))).toMatchObject({
    components: [{ name: 'zod' }],
    dependencies: [{ ref: 'root', dependsOn: ['zod@4'] }],
  });
  expect(normaliseSbom(text, 0)).not.toContain('vitest');
});
