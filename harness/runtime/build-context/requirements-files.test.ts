import { expect, test } from 'vitest';
import { SmallRepository } from '../testing/small-repository.ts';
import { readBuildContext } from './build-context.ts';
import { findRequirements } from './requirements-files.ts';

async function find(line: string): Promise<string[]> {
  await using repository = await SmallRepository.create({
    'service/requirements.txt': `fastapi==0.100.0\n${line}\n`,
    'service/base.txt': '',
  });
  const findings = findRequirements(await readBuildContext(repository.root));
  return findings.map(({ where, what }) => `${where}: ${what}`);
}

test.each([
  ['-e ../../pyairtable-common'],
  ['--editable=../../pyairtable-common'],
  ['-e ../../pyairtable-common[redis]  # shared'],
  ['../../pyairtable-common'],
  ['pyairtable-common @ file:../../pyairtable-common'],
  ['-r ../../pyairtable-common'],
])('pip finds nothing for the line "%s"', async (line) => {
  expect(await find(line)).toEqual([
    'service/requirements.txt:2: pip needs ../../pyairtable-common, which is outside of the build context.',
  ]);
});

test.each([
  ['# -e ../../pyairtable-common'],
  ['uvicorn[standard]>=0.20'],
  ['-r base.txt'],
  ['-e .'],
  ['-e git+https://example.com/common.git#egg=common'],
  ['--index-url https://example.com/simple'],
])('the line "%s" needs no other file', async (line) => {
  expect(await find(line)).toEqual([]);
});
