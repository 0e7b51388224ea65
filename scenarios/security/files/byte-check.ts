import type { CheckContext } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { furtherSecurity } from '../check-fields.ts';

/** What all checks of bytes have in common. */
export const byteCheck = {
  ...furtherSecurity,
  severity: 'blocker',
  remediation: {
    text: 'A line names the door, the size and what was received. Follow the stream from the proxy to the store: a buffer that is cut, a range that is one byte short, a finished event before the last chunk.',
    effort: 'days',
  },
} as const;

/** Who sends the requests, from which address. */
export type Caller = { accessToken: string; address: string };

/** Uploads and downloads by one door: the gateway, or the file service itself. */
export function doorTo({ http }: Pick<CheckContext, 'http'>, service: ServiceName, caller: Caller) {
  const prefix = service === 'gateway' ? '/api/files' : '/files';
  const options = { token: caller.accessToken, from: caller.address, timeoutMs: 20_000 };
  return {
    service,
    upload: (name: string, content: Uint8Array) =>
      http.request(service, `${prefix}/upload`, { ...options, method: 'POST', ...binaryForm(name, content) }),
    download: (id: string, headers: Record<string, string> = {}) =>
      http.request(service, `${prefix}/${id}/download`, {
        ...options,
        headers,
        digest: true,
        maxBodyBytes: 256,
      }),
  };
}
