import { expect, it } from 'vitest';
import { createStatementNames } from './statement-names.ts';

const byKey = 'SELECT status FROM "runs".workflow_status WHERE workflow_uuid=$1';
const insert = '\n  INSERT INTO "runs".operation_outputs (workflow_uuid) VALUES ($1)';

it('gives a statement about one run the same name each time, and another one another name', () => {
  const nameOf = createStatementNames();
  expect(nameOf(byKey)).toEqual(expect.any(String));
  expect(nameOf(byKey)).toBe(nameOf(byKey));
  expect(nameOf(insert)).not.toBe(nameOf(byKey));
});

it('gives no name to a statement that looks for runs', () => {
  const nameOf = createStatementNames();
  expect(nameOf('SELECT workflow_uuid FROM "runs".workflow_status WHERE status = $1')).toBeUndefined();
});

it('gives no more names than it may keep', () => {
  const nameOf = createStatementNames();
  const names = Array.from({ length: 1_000 }, (_none, index) => nameOf(`${byKey} LIMIT ${index}`));
  expect(new Set(names.filter((name) => name !== undefined)).size).toBe(200);
});
