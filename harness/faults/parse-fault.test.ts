import { expect, it } from 'vitest';
import { faults } from './catalogue.ts';
import { nameOf } from './fault.ts';
import { parseFault } from './parse-fault.ts';

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
