import { expect, it } from 'vitest';
import { resultSaying } from '../testing/hostile-result.ts';
import { sampleResult } from '../testing/sample-result.ts';
import { renderJunit } from './junit.ts';

interface ElementRule {
  required: readonly string[];
  optional: readonly string[];
  children: readonly string[];
  /** Whether text may stand between the child elements. */
  mixed?: boolean;
}

const problem: ElementRule = { required: [], optional: ['type', 'message'], children: [], mixed: true };
const counts = ['tests', 'failures', 'errors'];

/** The elements of Jenkins' `junit-10.xsd` that this renderer uses, written down by hand. */
const schema: Readonly<Record<string, ElementRule>> = {
  testsuites: { required: [], optional: ['name', 'time', ...counts], children: ['testsuite'] },
  testsuite: {
    required: ['name', ...counts],
    optional: [
      'group',
      'time',
      'skipped',
      'timestamp',
      'hostname',
      'id',
      'package',
      'file',
      'log',
      'url',
      'version',
    ],
    children: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
  },
  properties: { required: [], optional: [], children: ['property'] },
  property: { required: ['name', 'value'], optional: [], children: [] },
  testcase: {
    required: ['name'],
    optional: ['time', 'classname', 'group'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  skipped: problem,
  error: problem,
  failure: problem,
};

/** The schema's type for seconds. */
const surefireTime = /^(?:(?:\d{0,3},)*\d{3}|\d{0,3})*(?:\.\d{0,3})?$/;

function violationsOf(xml: string): string[] {
  const violations: string[] = [];
  const open: string[] = [];
  for (const [, before = '', end, name = '', attributes = '', empty] of xml
    .replace(/^<\?xml[^>]*\?>/, '')
    .matchAll(/([^<]*)<(\/?)([\w-]+)((?:\s[\w-]+="[^"<]*")*)(\/?)>/g)) {
    const parent = open.at(-1);
    if (before.trim() !== '' && !(parent && schema[parent]?.mixed)) violations.push(`text in ${parent}`);
    if (end) {
      if (open.pop() !== name) violations.push(`</${name}> closes another element`);
      continue;
    }
    const rule = schema[name];
    const allowed = parent === undefined ? ['testsuites'] : (schema[parent]?.children ?? []);
    if (!rule || !allowed.includes(name)) violations.push(`${parent}/${name}`);
    const given = new Map(
      [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    for (const key of given.keys())
      if (rule && ![...rule.required, ...rule.optional].includes(key)) violations.push(`${name}/@${key}`);
    for (const key of rule?.required ?? []) if (!given.has(key)) violations.push(`${name} without @${key}`);
    const time = given.get('time');
    if (time !== undefined && !surefireTime.test(time)) violations.push(`${name}/@time ${time}`);
    if (!empty) open.push(name);
  }
  return [...new Set([...violations, ...open.map((name) => `${name} is not closed`)])];
}

it.each([
  ['a NO-GO', sampleResult()],
  [
    'a GO',
    sampleResult({ verdict: { decision: 'GO', basis: 'proven', decidedBy: ['All conditions are met.'] } }),
  ],
  ['any text', resultSaying('</failure><x y="1"> & ]]>')],
])('is valid for Jenkins with %s', (_title, result) => {
  expect(violationsOf(renderJunit(result))).toEqual([]);
});

it('finds what the schema does not allow', () => {
  const xml = renderJunit(sampleResult());
  expect(violationsOf(xml.replace('<testsuites ', '<testsuites skipped="1" '))).toEqual([
    'testsuites/@skipped',
  ]);
  expect(violationsOf(xml.replace(/ errors="\d+" skipped/, ' skipped'))).toEqual([
    'testsuite without @errors',
  ]);
});
