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
