import { expect, test } from 'vitest';
import { SmallRepository } from '../testing/small-repository.ts';
import { readBuildContext } from './build-context.ts';

test('the build context has the files that .dockerignore leaves in it', async () => {
  await using repository = await SmallRepository.create({
    '.dockerignore': '# only these\n*\n!package.json\n!platform\nplatform/bench\n**/*.test.ts\n',
    'package.json': '{}',
    'README.md': '',
    'platform/main.ts': '',
    'platform/kit/main.test.ts': '',
    'platform/bench/main.ts': '',
  });
  const context = await readBuildContext(repository.root);
  expect(context.files).toEqual(['package.json', 'platform/main.ts']);
  expect(context.state('platform/main.ts')).toBe('present');
  expect(context.state('platform')).toBe('present');
  expect(context.state('.')).toBe('present');
  expect(context.state('README.md')).toBe('excluded');
  expect(context.state('platform/bench')).toBe('excluded');
  expect(context.state('platform/other.ts')).toBe('missing');
  expect(context.state('../other')).toBe('outside');
  expect(context.state('/etc/passwd')).toBe('outside');
  expect(context.state(`${repository.root}/package.json`)).toBe('present');
});

test('without .dockerignore all files are in the build context, but not those of git and npm', async () => {
  await using repository = await SmallRepository.create({
    'a/b.ts': '',
    'node_modules/left-pad/index.js': '',
    '.git/HEAD': '',
  });
  expect((await readBuildContext(repository.root)).files).toEqual(['a/b.ts']);
});
