import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Listening } from './haproxy.ts';
import { freePort, type Processes } from './processes.ts';

/** Starts nginx on one core in front of a service, with keep-alive connections to it. It does not verify tokens. */
export async function startNginx(
  processes: Processes,
  options: { command: string; folder: string; cores: string; upstreamPort: number; signal: AbortSignal },
): Promise<Listening> {
  const port = await freePort();
  const prefix = join(options.folder, 'nginx');
  await mkdir(prefix, { recursive: true });
  const file = join(prefix, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(prefix, kind)};`,
  );
  await writeFile(
    file,
    `
daemon off;
master_process off;
worker_processes 1;
pid ${join(prefix, 'nginx.pid')};
error_log stderr notice;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  keepalive_requests 100000000;
  upstream service {
    server 127.0.0.1:${options.upstreamPort};
    keepalive 64;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port};
    location /api/users/ {
      proxy_pass http://service/users/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`,
  );
  const running = await processes.start(
    {
      name: 'nginx',
      command: options.command,
      args: ['-p', prefix, '-c', file, '-e', 'stderr'],
      cores: options.cores,
      ready: /using the "epoll" event method/,
    },
    options.signal,
  );
  return { ...running, port };
}
