import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { resultSaying } from '../testing/hostile-result.ts';
import { goVerdict, sampleResult } from '../testing/sample-result.ts';
import { renderJunit } from './junit.ts';
import { schemaFile, schemaSize, violationsOf } from './testing/junit-schema.ts';

const documents = [
  ['a NO-GO', sampleResult()],
  ['a GO', sampleResult({ verdict: goVerdict() })],
  ['a run without checks', sampleResult({ checks: [], blockers: [] })],
  ['any text', resultSaying('</failure><x y="1"> & ]]>')],
] as const;
const hasXmllint = spawnSync('xmllint', ['--version']).status === 0;

describe('the JUnit report by Jenkins’ own schema', () => {
  it('reads every element and attribute of the schema', () => {
    expect(schemaSize).toEqual({ elements: 14, attributes: 40 });
  });

  it.each(documents)('is valid with %s', (_title, result) => {
    expect(violationsOf(renderJunit(result))).toEqual([]);
  });

  // Debian: apt-get install libxml2-utils
  it.skipIf(!hasXmllint).each(documents)('is valid for xmllint with %s', (_title, result) => {
    const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', schemaFile, '-'], {
      input: renderJunit(result),
      encoding: 'utf8',
    });
    expect({ status, stderr: stderr.trim() }).toEqual({ status: 0, stderr: '- validates' });
  });

  it.each<[string, (xml: string) => string, string]>([
    [
      'an unknown attribute',
      (xml) => xml.replace('<testsuites ', '<testsuites skipped="1" '),
      'testsuites/@skipped',
    ],
    [
      'a missing attribute',
      (xml) => xml.replace(/ errors="\d+" skipped/, ' skipped'),
      'testsuite without @errors',
    ],
    [
      'a time in another format',
      (xml) => xml.replace(/ time="[^"]*"/, ' time="1.2345"'),
      'testsuites/@time 1.2345',
    ],
    ['an unknown element', (xml) => xml.replace('<properties>', '<properties><x/>'), 'properties/x'],
    [
      'an element in a wrong place',
      (xml) => xml.replace('<testsuite ', '<testcase name="a"/><testsuite '),
      'testsuites/testcase',
    ],
    [
      'text where none may be',
      (xml) => xml.replace('<properties>', '<properties>text'),
      'text in properties',
    ],
  ])('finds %s', (_title, change, violation) => {
    expect(violationsOf(change(renderJunit(sampleResult())))).toContain(violation);
  });
});
