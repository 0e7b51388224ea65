import { expect, test } from 'vitest';
import { SmallRepository } from '../testing/small-repository.ts';
import { readBuildContext } from './build-context.ts';
import { findDockerfileSources } from './dockerfile-sources.ts';

async function find(dockerfile: string | undefined): Promise<string[]> {
  await using repository = await SmallRepository.create({
    ...(dockerfile === undefined ? {} : { Dockerfile: dockerfile }),
    '.dockerignore': 'docs\n',
    'package.json': '{}',
    'src/main.ts': '',
    'docs/a.md': '',
  });
  const findings = findDockerfileSources(await readBuildContext(repository.root));
  return findings.map(({ where, what }) => `${where}: ${what}`);
}

test.each([
  ['a file', 'COPY package.json ./'],
  ['the whole context', 'COPY . .'],
  ['a path from the root of the context', 'COPY /src /app'],
  ['several sources and flags', 'COPY --chown=1:1 package.json src /app/'],
  ['another stage', 'COPY --from=build /image/ /'],
  ['an address', 'ADD https://example.com/a.tar.gz /'],
  ['a repository', 'ADD git@example.com:a/b.git /'],
  ['a wildcard', 'COPY src/*.ts pack*.json ./'],
  ['an optional file beside another one', 'COPY package.json .npmr[c]* ./'],
  ['a JSON array', 'COPY ["src", "/app/"]'],
  ['a variable with a value', 'ARG FOLDER=src\nCOPY $FOLDER/main.ts ./'],
  ['a here-document', 'COPY <<EOF /greeting\nCOPY ../missing /\nEOF'],
  ['a comment', '# COPY ../missing /'],
  ['a mount of another stage', 'RUN --mount=type=bind,from=build,source=/x,target=/x true'],
  ['a cache', 'RUN --mount=type=cache,target=/root/.npm npm ci'],
])('%s needs nothing else', async (_what, text) => {
  expect(await find(`FROM scratch\n${text}\n`)).toEqual([]);
});

test.each([
  [
    'COPY ../pyairtable-common /common',
    'COPY needs ../pyairtable-common, which is outside of the build context.',
  ],
  ['COPY src/../../x /', 'COPY needs src/../../x, which is outside of the build context.'],
  ['ADD missing.tar /', 'ADD needs missing.tar, which does not exist.'],
  ['COPY src missing /', 'COPY needs missing, which does not exist.'],
  ['COPY docs /docs', 'COPY needs docs, which is left out of the build context by .dockerignore.'],
  ['COPY *.yaml /', 'COPY needs *.yaml, which does not exist.'],
  ['copy ["missing", "/"]', 'COPY needs missing, which does not exist.'],
  [
    'RUN --mount=type=bind,source=../common,target=/c true',
    'RUN needs ../common, which is outside of the build context.',
  ],
  ['ONBUILD COPY missing /', 'COPY needs missing, which does not exist.'],
  [
    'ARG FOLDER\nCOPY $FOLDER /',
    'The source $FOLDER has no value before the build, so nobody knows whether it exists.',
  ],
])('%s is a finding', async (text, finding) => {
  const line = text.startsWith('ARG') ? 3 : 2;
  expect(await find(`FROM scratch\n${text}\n`)).toEqual([`Dockerfile:${line}: ${finding}`]);
});

test('an instruction over several lines is found at its first line', async () => {
  expect(
    await find('FROM scratch\n\n# why\nCOPY package.json \\\n  # not this\n  missing \\\n  /app/\n'),
  ).toEqual(['Dockerfile:4: COPY needs missing, which does not exist.']);
});

test('a repository without a Dockerfile is a finding', async () => {
  expect(await find(undefined)).toEqual(['Dockerfile: There is no Dockerfile.']);
});
