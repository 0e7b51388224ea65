import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Message, Plugin } from 'esbuild';
import type { ContextFinding } from '../../engine/build-context-report.ts';
import { imageData, imagePrograms } from '../image/image-programs.ts';
import { withBundler } from '../programs/bundle.ts';
import type { BuildContext, PathState } from './build-context.ts';
import { stateFixes, stateTexts } from './describe-state.ts';

/** Runs while the image is built. */
const assembly = 'harness/runtime/image/assemble.ts';

/**
 * Files that the programs of the image import, directly or through others, and that the builder does not have. Imports
 * of types only need no file. Packages are left to `npm ci`.
 */
export async function findProgramImports(context: BuildContext): Promise<ContextFinding[]> {
  const { root } = context;
  const data = imageData.flatMap((folder): ContextFinding[] => {
    const state = context.state(folder);
    return state === 'present' ? [] : [neededBy(folder, state, 'harness/runtime/image/image-programs.ts')];
  });
  try {
    await withBundler(({ build }) =>
      build({
        entryPoints: { ...imagePrograms(root), assembly: join(root, assembly) },
        absWorkingDir: root,
        outdir: 'unused',
        write: false,
        bundle: true,
        platform: 'node',
        format: 'esm',
        treeShaking: false,
        // The builder does not have it.
        tsconfigRaw: {},
        logLevel: 'silent',
        logLimit: 0,
        plugins: [contextOnly(context)],
      }),
    );
    return data;
  } catch (error) {
    const { errors } = error as { errors?: Message[] };
    if (!Array.isArray(errors)) throw error;
    return [...data, ...errors.map(toFinding)];
  }
}

function toFinding({ text, location, detail }: Message): ContextFinding {
  const where = location ? `${location.file}:${location.line}` : 'harness/runtime/image/image-programs.ts';
  if (isNeed(detail)) return neededBy(detail.path, detail.state, where);
  return { what: `The program cannot be bundled: ${text}.`, where, fix: 'npm run typecheck shows why.' };
}

function neededBy(path: string, state: Exclude<PathState, 'present'>, where: string): ContextFinding {
  return {
    what: `A program of the image needs ${path}, which ${stateTexts[state]}.`,
    where,
    fix: stateFixes[state],
  };
}

interface Need {
  path: string;
  state: Exclude<PathState, 'present'>;
}

function isNeed(value: unknown): value is Need {
  return typeof value === 'object' && value !== null && 'state' in value;
}

/** Reports every path that is not part of the build context at the place that imports it. */
function contextOnly(context: BuildContext): Plugin {
  return {
    name: 'context-only',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, kind, resolveDir }) => {
        if (kind !== 'entry-point' && !/^\.{1,2}(?:\/|$)/.test(path) && !isAbsolute(path))
          return { path, external: true };
        const found = resolve(resolveDir, path);
        const state = context.state(found);
        if (state === 'present') return undefined;
        const shown = state === 'outside' ? path : relative(context.root, found);
        return { errors: [{ text: stateTexts[state], detail: { path: shown, state } satisfies Need }] };
      });
    },
  };
}
