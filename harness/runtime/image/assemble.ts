import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundle } from '../programs/bundle.ts';
import { extractionWorker, imageData, imagePrograms } from './image-programs.ts';
import { normaliseSbom } from './normalise-sbom.ts';
import { setTimes } from './set-times.ts';

/**
 * Puts together the files of the platform's image. Runs while the image is built, in the folder `/app` that the
 * programs have in the image too, because bundles name the folders of their packages and files.
 *
 *   node harness/runtime/image/assemble.ts <new folder, the image's root> <SBOM of npm>
 */
const [target, sbom] = process.argv.slice(2);
if (target === undefined || sbom === undefined) throw new Error('needs a folder and the file of an SBOM');
const epoch = Number(process.env.SOURCE_DATE_EPOCH ?? '0');
if (!Number.isSafeInteger(epoch) || epoch < 0)
  throw new Error('SOURCE_DATE_EPOCH must be a whole number of seconds since 1970, e.g. 1754524800');

const app = resolve(import.meta.dirname, '../../..');
const out = join(target, app);

await mkdir(out, { recursive: true });
const broken = await bundle({
  entries: imagePrograms(app),
  sources: join(app, 'platform'),
  outdir: out,
  as: 'modules',
});
if (broken.length > 0)
  throw new Error(`cannot be bundled: ${broken.join(', ')}; npm run typecheck shows why`);

await write(extractionWorker, `import ${JSON.stringify(join(app, 'extraction-worker.mjs'))};\n`);
for (const folder of imageData) await copy(folder);
// The one package with native code. npm installed the build for this image's system and processor only.
await copy('node_modules/@node-rs');
await write('package.json', `${JSON.stringify({ private: true, type: 'module' })}\n`);
await write('sbom.cdx.json', normaliseSbom(await readFile(sbom, 'utf8'), epoch));
// A new volume gets the mode of the folder, so that file-service may write to it without being root.
const files = join(target, 'var/lib/pyairtable/files');
await mkdir(files, { recursive: true });
await chmod(files, 0o1777);
await setTimes(target, epoch);

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(out, path, '..'), { recursive: true });
  await writeFile(join(out, path), text);
}

async function copy(path: string): Promise<void> {
  await cp(join(app, path), join(out, path), { recursive: true });
}
