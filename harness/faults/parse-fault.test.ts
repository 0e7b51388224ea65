import { expect, it } from 'vitest';
import { faults } from './catalogue.ts';
import { combinations } from './combinations.ts';
import { nameOf, namesOf } from './fault.ts';
import { parseFault, parseFaults } from './parse-fault.ts';

it.each([
  ['database.wrong-password', 'database.wrong-password=platform-services'],
  ['database.wrong-password=saga-service', 'database.wrong-password=saga-service'],
])('%s is %s', (text, name) => {
  expect(nameOf(parseFault(text, faults))).toBe(name);
});

it.each([
  ['databse.wrong-pasword', 'fault-unknown', /database\.wrong-password/],
  ['', 'fault-unknown', /reproduce --list/],
  ['database.wrong-password=gateway', 'service-unknown', /It can be in: airtable-gateway, .*user-service$/],
  ['frontend.down=gateway', 'service-unknown', /It can be in: frontend$/],
])('%s is rejected with a hint', (text, code, hint) => {
  expect(() => parseFault(text, faults)).toThrow(
    expect.objectContaining({ code, exitCode: 2, hint: expect.stringMatching(hint) }),
  );
});

it('reads several faults at once', () => {
  expect(namesOf(parseFaults('redis.evicts + gateway.down', faults))).toBe(
    'redis.evicts=gateway+gateway.down=gateway',
  );
});

it('rejects a fault that is named twice', () => {
  expect(() => parseFaults('gateway.down+gateway.down=gateway', faults)).toThrow(
    expect.objectContaining({ code: 'fault-invalid', exitCode: 2 }),
  );
});

it('knows every fault of the combinations', () => {
  expect(combinations.map((text) => parseFaults(text, faults).length)).toEqual([2, 2, 2, 2]);
});
