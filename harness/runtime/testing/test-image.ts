import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Docker } from '../testcontainers/docker.ts';

const fakeService = fileURLToPath(new URL('./fake-service.mjs', import.meta.url));

/**
 * An image with this Node and `fake-service.mjs` for the given nodes, made from files of this machine: tests need no
 * registry. The engine keeps it for later runs.
 */
export async function fakeServiceImage(docker: Docker, nodes: readonly string[]): Promise<string> {
  const digest = createHash('sha256')
    .update(readFileSync(fakeService))
    .update(`${process.version} ${nodes.join(' ')}`)
    .digest('hex')
    .slice(0, 12);
  const image = `pyairtable-readiness-test:${digest}`;
  const existing = await docker
    .getImage(image)
    .inspect()
    .catch(() => undefined);
  if (existing) return image;
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  // One archive: Node below /usr/local/bin, its libraries where they are, one copy of the service per node.
  const tar = spawn(
    'sh',
    [
      '-c',
      `set -e; root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
mkdir -p "$root/usr/local/bin" "$root/app" "$root/tmp"
cp "$NODE" "$root/usr/local/bin/node"
for file in $LIBRARIES; do mkdir -p "$root$(dirname "$file")"; cp -L "$file" "$root$file"; done
for node in $NODES; do cp "$SERVICE" "$root/app/$node.mjs"; done
tar -C "$root" -c .`,
    ],
    {
      env: {
        PATH: process.env.PATH,
        NODE: process.execPath,
        LIBRARIES: libraries.join(' '),
        SERVICE: fakeService,
        NODES: nodes.join(' '),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [repo, tag] = image.split(':');
  const progress = await docker.importImage(tar.stdout, {
    repo,
    tag,
    changes: ['ENV PATH=/usr/local/bin', 'WORKDIR /app', 'USER 10001'],
  });
  await new Promise((resolve, reject) => {
    docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve(undefined)));
  });
  return image;
}
