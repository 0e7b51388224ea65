import { expect, it } from 'vitest';
import { faults } from './catalogue.ts';
import { whyNotInjectable } from './injectable.ts';
import { parseFaults } from './parse-fault.ts';

it.each<[string, string, RegExp | undefined]>([
  ['files.cut-uploads', 'process', undefined],
  ['service.port-taken', 'process', undefined],
  ['files.cut-uploads', 'testcontainers', /source of a service, and containers run the image/],
  ['service.port-taken', 'compose', /port of a service, and each container has all ports/],
  ['redis.evicts+service.port-taken', 'testcontainers', /port/],
  ['service.hangs', 'testcontainers', undefined],
  ['gateway.silent-service', 'testcontainers', /link of a service, and containers do not reach/],
])('%s on %s: %s', (text, runtime, reason) => {
  const why = whyNotInjectable(parseFaults(text, faults), runtime);
  if (reason === undefined) expect(why).toBeUndefined();
  else expect(why).toMatch(reason);
});
