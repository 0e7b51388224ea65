import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ContextFinding } from '../../engine/build-context-report.ts';
import type { BuildContext } from './build-context.ts';
import { stateFixes, stateTexts } from './describe-state.ts';

/** Lines of pip's requirements files that name a path which the builder does not have: the assessment's own case. */
export function findRequirements(context: BuildContext): ContextFinding[] {
  return context.files
    .filter((file) => /(?:^|\/)requirements[^/]*\.(?:txt|in)$/.test(file))
    .flatMap((file) =>
      readFileSync(join(context.root, file), 'utf8')
        .split('\n')
        .flatMap((line, index): ContextFinding[] => {
          const path = pathIn(line);
          if (path === undefined) return [];
          const state = context.state(resolve(context.root, dirname(file), path));
          if (state === 'present') return [];
          return [
            {
              what: `pip needs ${path}, which ${stateTexts[state]}.`,
              where: `${file}:${index + 1}`,
              fix: stateFixes[state],
            },
          ];
        }),
    );
}

/** The path in a line: editable packages, included files, constraints, folders and `name @ file:`. */
function pathIn(line: string): string | undefined {
  const text = line.replace(/\s+#.*$/, '').trim();
  if (text === '' || text.startsWith('#')) return undefined;
  const [, option, named] =
    /^(?:(-e|--editable|-r|--requirement|-c|--constraint)[\s=]+)?(?:[\w.[\]-]+\s*@\s*)?(\S+)$/.exec(text) ??
    [];
  if (named === undefined || /^(?!file:)[a-z][a-z+]*:\/\//.test(named)) return undefined;
  const path = named.replace(/^file:(?:\/\/(?=\/))?/, '').replace(/\[[^\]]*\]$/, '');
  if (option === '-r' || option === '--requirement' || option === '-c' || option === '--constraint')
    return path;
  return path !== named || /^(?:\.{1,2}(?:\/|$)|\/)/.test(path) ? path : undefined;
}
