import { expect, test } from 'vitest';
import { SmallRepository } from '../testing/small-repository.ts';
import { readBuildContext } from './build-context.ts';
import { findLinkedFiles } from './linked-files.ts';

test.each([
  ['../main.ts', undefined],
  ['..', undefined],
  ['../../../pyairtable-common', 'is outside of the build context'],
  ['/etc/hostname', 'is outside of the build context'],
  ['../gone.ts', 'does not exist'],
  ['../../docs/a.md', 'is left out of the build context by .dockerignore'],
])('a symbolic link to %s: %s', async (link, problem) => {
  await using repository = await SmallRepository.create({
    '.dockerignore': 'docs\n',
    'docs/a.md': '',
    'src/main.ts': '',
    'src/inner/link': { link },
  });
  const findings = findLinkedFiles(await readBuildContext(repository.root));
  expect(findings.map(({ where, what }) => `${where}: ${what}`)).toEqual(
    problem === undefined ? [] : [`src/inner/link: The symbolic link leads to ${link}, which ${problem}.`],
  );
});
