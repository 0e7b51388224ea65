import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pyairtableProgram } from './pyairtable-program.ts';

const cached = join(import.meta.dirname, '../../../.tools/python/bin/python');
const python = [cached, 'python3'].find(
  (one) => (one === 'python3' || existsSync(one)) && spawnSync(one, ['-c', 'import pyairtable']).status === 0,
);

/** Cases in place of the real ones, and a client with two more methods. Nothing listens at the endpoint. */
const program = pyairtableProgram(`
import json
from concurrent.futures import ThreadPoolExecutor
from pyairtable import Table

Table.new_and_called = lambda self: None
Table.new = lambda self: None

from suite import case, left_out, run_cases, same

left_out.update({"api.api.Api.build_url": "?", "api.api.Api.gone": "?"})

@case
def passes(client):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(client.api.table("app1", "T").new_and_called).result()
    same(client.api.chunked([1, 2]) is None, False)

@case
def differs(client):
    same(client.api.build_url("meta"), "nowhere")

@case
def raises(client):
    client.api.whoami()

@case
def looks_at_nothing(client):
    client.api.build_url("x")

print(json.dumps(run_cases({"endpoint": "http://127.0.0.1:9/api/airtable", "key": "key"})))`);

describe.skipIf(python === undefined)('the cases of pyairtable (skipped when it is not installed)', () => {
  let seen: { failed: string[]; methods: number; uncalled: string[] };

  beforeAll(() => {
    const { stdout, stderr } = spawnSync(python as string, ['-I', '-c', program], { encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    seen = JSON.parse(stdout);
  });

  it('find a new method of the client as uncalled', () => {
    expect(seen.methods).toBe(302);
    expect(seen.uncalled).toContain('api.table.Table.new');
  });

  it('note the methods that ran, also in threads and inside other methods', () => {
    expect(seen.uncalled).toContain('api.table.Table.create');
    for (const name of ['api.Api.table', 'table.Table.new_and_called', 'base.Base.table'])
      expect(seen.uncalled).not.toContain(`api.${name}`);
  });

  it('fail with the method, the seen and the expected value', () => {
    expect(seen.failed).toContainEqual(
      expect.stringMatching(
        /^api\.api\.Api\.build_url in differs .*: saw http:.*\/v0\/meta, expected nowhere$/,
      ),
    );
    expect(seen.failed).toContainEqual(
      expect.stringMatching(/^api\.api\.Api\.whoami in raises .*: ConnectionError: /),
    );
  });

  it('fail when they compare nothing', () => {
    expect(seen.failed).toContain('looks_at_nothing: compared nothing');
    expect(seen.failed).toHaveLength(3);
  });

  it('report methods that are left out without need', () => {
    expect(seen.uncalled).toContain('api.api.Api.build_url: left out, but called');
    expect(seen.uncalled).toContain('api.api.Api.gone: left out, but unknown');
  });
});
