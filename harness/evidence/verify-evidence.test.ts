import { describe, expect, it } from 'vitest';
import { sampleManifest } from '../judge/testing/sample-run.ts';
import { verifyEvidence, verifyFreshness } from './verify-evidence.ts';

const manifest = { ...sampleManifest, files: { 'plan.json': 'aa', 'facts.json': 'bb' } };

describe('evidence files', () => {
  it('are accepted unchanged, next to other files', () => {
    expect(() =>
      verifyEvidence(manifest, { 'plan.json': 'aa', 'facts.json': 'bb', 'report.html': 'cc' }),
    ).not.toThrow();
  });

  it('are rejected when changed or missing, with exit code 5', () => {
    expect(() => verifyEvidence(manifest, { 'plan.json': 'ab' })).toThrow(
      expect.objectContaining({
        code: 'evidence-altered',
        exitCode: 5,
        message: expect.stringMatching(/facts\.json is missing[\s\S]*plan\.json was changed/),
      }),
    );
  });
});

describe('freshness', () => {
  it.each([
    ['2025-08-08T10:00:00.000Z', true],
    ['2025-08-08T10:00:00.001Z', false],
    ['2025-08-07T09:59:59.000Z', false],
  ])('of evidence from 2025-08-07 10:00, at %s: %s', (at, fresh) => {
    const verify = (): void => verifyFreshness({ manifest, freshnessHours: 24, at: new Date(at) });
    if (fresh) expect(verify).not.toThrow();
    else expect(verify).toThrow(expect.objectContaining({ code: 'evidence-stale', exitCode: 5 }));
  });
});
