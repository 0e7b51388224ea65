import { describe, expect, it } from 'vitest';
import { decideTargetByName } from '../../../platform/kit/outbound/resolve-target.ts';
import { loopbackHosts } from './canary.ts';
import { allowedTargets, forbiddenTargets } from './forbidden-targets.ts';

const decide = (url: string) =>
  decideTargetByName(new URL(url), { trustedOrigins: ['http://127.0.0.1:8000'] });

describe('the decision about the URL of a user', () => {
  it.each(forbiddenTargets)('forbids $url ($rule)', ({ url }) => {
    expect(decide(url).allowed).toBe(false);
  });

  it.each(allowedTargets)('allows %s', (url) => {
    expect(decide(url).allowed).toBe(true);
  });

  it.each(loopbackHosts)('forbids the loopback host %s at any port', (host) => {
    expect(decide(`http://${host}:8001/`).allowed).toBe(false);
  });
});
