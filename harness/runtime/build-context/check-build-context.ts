import type { ContextReport } from '../../engine/build-context-report.ts';
import { readBuildContext } from './build-context.ts';
import { findDockerfileSources } from './dockerfile-sources.ts';
import { findLinkedFiles } from './linked-files.ts';
import { findPackageSources } from './package-sources.ts';
import { findProgramImports } from './program-imports.ts';
import { findRequirements } from './requirements-files.ts';

/**
 * Finds everything that the build of the platform's image needs and that is not part of its build context: packages,
 * sources of the Dockerfile, imports and symbolic links. Reads the repository and changes nothing. No container engine
 * is needed.
 * @param root folder of the repository
 */
export async function checkBuildContext(root: string): Promise<ContextReport> {
  const context = await readBuildContext(root);
  return {
    files: context.files.length,
    findings: [
      ...findPackageSources(context),
      ...findRequirements(context),
      ...findDockerfileSources(context),
      ...findLinkedFiles(context),
      ...(await findProgramImports(context)),
    ],
  };
}
