import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { ContextFinding } from '../../engine/build-context-report.ts';
import type { BuildContext } from './build-context.ts';
import { stateFixes, stateTexts } from './describe-state.ts';
import { type Instruction, parseDockerfile, splitWords } from './parse-dockerfile.ts';

/** Sources of the Dockerfile's COPY, ADD and bind mounts that the builder does not have. */
export function findDockerfileSources(context: BuildContext): ContextFinding[] {
  const file = join(context.root, 'Dockerfile');
  if (!existsSync(file))
    return [
      {
        what: 'There is no Dockerfile.',
        where: 'Dockerfile',
        fix: 'Restore it (git checkout HEAD -- Dockerfile), or name an image that exists: READINESS_PLATFORM_IMAGE=<image>',
      },
    ];
  const variables = new Map<string, string>();
  const findings: ContextFinding[] = [];
  for (const instruction of parseDockerfile(readFileSync(file, 'utf8'))) {
    if (instruction.name === 'ARG' || instruction.name === 'ENV') {
      for (const [, name = '', value = ''] of instruction.text.matchAll(/(\w+)=("[^"]*"|\S*)/g))
        variables.set(name, value.replace(/^"|"$/g, ''));
    }
    const sources = sourcesOf(instruction);
    for (const source of sources) {
      const where = `Dockerfile:${instruction.line}`;
      const path = substitute(source, variables);
      if (path === undefined) {
        findings.push({
          what: `The source ${source} has no value before the build, so nobody knows whether it exists.`,
          where,
          fix: 'Give the variable a default: ARG NAME=value',
        });
        continue;
      }
      const state = stateOf(context, path);
      if (state === 'present') continue;
      // A wildcard may match nothing, as long as another source of the instruction exists.
      if (state === 'missing' && /[*?[]/.test(path) && sources.length > 1) continue;
      findings.push({
        what: `${instruction.name} needs ${source}, which ${stateTexts[state]}.`,
        where,
        fix: stateFixes[state],
      });
    }
  }
  return findings;
}

/** The paths of the build context that an instruction reads. */
function sourcesOf({ name, text }: Instruction): string[] {
  if (name === 'RUN') {
    return [...splitMounts(text)].flatMap((mount) => {
      const options = new Map(mount.split(',').map((option) => option.split('=') as [string, string]));
      if ((options.get('type') ?? 'bind') !== 'bind' || options.has('from')) return [];
      return [options.get('source') ?? options.get('src') ?? '.'];
    });
  }
  if (name !== 'COPY' && name !== 'ADD') return [];
  const { flags, words } = splitWords(text);
  if (flags.has('from')) return [];
  return words
    .slice(0, -1)
    .filter((word) => !word.startsWith('<<'))
    .filter((word) => name === 'COPY' || !/^(?:[a-z][a-z+.-]*:\/\/|git@)/.test(word));
}

function* splitMounts(text: string): Generator<string> {
  for (const [, mount = ''] of text.matchAll(/(?:^|\s)--mount=(\S+)/g)) yield mount;
}

/** Undefined when a variable has no known value. */
function substitute(text: string, variables: ReadonlyMap<string, string>): string | undefined {
  let known = true;
  const result = text.replace(/\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})/g, (_all, plain, braced, fallback) => {
    const value = variables.get(plain ?? braced) ?? fallback;
    if (value === undefined) known = false;
    return value ?? '';
  });
  return known ? result : undefined;
}

/** Sources begin at the root of the context, with or without a slash, and may have wildcards. */
function stateOf(context: BuildContext, source: string) {
  const path = posix.normalize(source.replace(/^\/+/, '') || '.').replace(/\/$/, '');
  if (!/[*?[]/.test(path)) return context.state(path);
  if (path.startsWith('..')) return 'outside';
  const pattern = new RegExp(
    `^${path
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]')}(?:/|$)`,
  );
  return context.files.some((file) => pattern.test(file)) ? 'present' : 'missing';
}
