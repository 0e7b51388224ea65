import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findNode } from './find-node.mjs';
import { fakeCommand } from './testing/fake-command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'find-node-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const nodeIn = (project: string, version: string): string =>
  fakeCommand(join(project, 'node_modules', 'node', 'bin'), 'node', `echo v${version}`);
const old = { path: '/usr/bin/node', version: '18.20.0' };

test('uses the Node of this process when it is recent enough', () => {
  nodeIn(folder, '24.1.0');
  expect(findNode(folder, { path: '/own/node', version: '26.0.0' })).toBe('/own/node');
});

test('else uses the nearest recent Node among the npm packages', () => {
  const nested = join(folder, 'node_modules', 'pyairtable-readiness');
  const outer = nodeIn(folder, '24.21.0');
  nodeIn(nested, '22.0.0');
  expect(findNode(nested, old)).toBe(outer);
});

test('finds none when every Node is too old', () => {
  nodeIn(folder, '22.0.0');
  expect(findNode(folder, old)).toBeUndefined();
});
