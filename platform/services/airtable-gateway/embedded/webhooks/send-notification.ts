import { createHmac } from 'node:crypto';
import type { WebhookNotification } from '../../../../contracts/airtable-gateway/webhooks.ts';
import { resolveTarget } from '../../../../kit/outbound/resolve-target.ts';
import { sendPublicRequest } from '../../../../kit/outbound/send-public-request.ts';
import { raceAbort } from '../../../../kit/service/race-abort.ts';
import type { DueNotification, PingResult } from './notification-queue.ts';

/** Maximum time until the response, including the name look-up, milliseconds. */
export const responseTimeoutMs = 10_000;

/** The header that authenticates a body: its HMAC-SHA256 with the webhook's secret. */
export function contentMac(body: string, secret: Uint8Array): string {
  return `hmac-sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/**
 * Pings the URL of a webhook. Every ping resolves and validates the host again, and connects to a validated address
 * only.
 * @returns the result; every failure except an abort by `signal` is a result
 * @throws the reason of `signal`
 */
export async function sendNotification(
  { webhookId, due }: { webhookId: string; due: DueNotification },
  { trustedOrigins, signal }: { trustedOrigins: readonly string[]; signal: AbortSignal },
): Promise<PingResult> {
  const began = performance.now();
  const end = (error?: string): PingResult => ({
    completionTimestamp: new Date().toISOString(),
    durationMs: Math.round((performance.now() - began) * 1000) / 1000,
    ...(error === undefined ? {} : { error }),
  });
  const timeout = AbortSignal.timeout(responseTimeoutMs);
  try {
    return end(
      await post({ webhookId, due }, { trustedOrigins, signal: AbortSignal.any([signal, timeout]) }),
    );
  } catch (error) {
    signal.throwIfAborted();
    return end(timeout.aborted ? `No response within ${responseTimeoutMs / 1000} seconds` : describe(error));
  }
}

/** @returns the error of the ping; undefined for a success */
async function post(
  { webhookId, due }: { webhookId: string; due: DueNotification },
  { trustedOrigins, signal }: { trustedOrigins: readonly string[]; signal: AbortSignal },
): Promise<string | undefined> {
  const url = new URL(due.url);
  // A name look-up cannot be aborted; the race ends the wait for it.
  const target = await raceAbort(resolveTarget(url, { trustedOrigins }), signal);
  if (!target.allowed) return `The URL may not be called: ${target.reason}`;
  const notification: WebhookNotification = {
    base: { id: due.baseId },
    webhook: { id: webhookId },
    timestamp: new Date().toISOString(),
  };
  const body = JSON.stringify(notification);
  const response = await sendPublicRequest({
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'PyAirtable-Webhooks',
      'x-airtable-content-mac': contentMac(body, due.secret),
    },
    body,
    ...(target.kind === 'public' ? { addresses: target.addresses } : {}),
    signal,
  });
  // Only the status counts; a body could be endless.
  response.destroy();
  const status = response.statusCode ?? 0;
  return status >= 200 && status < 300 ? undefined : `The URL responded with status ${status}`;
}

function describe(error: unknown): string {
  const { code } = error as { code?: unknown };
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'The host of the URL could not be resolved';
    case 'ECONNREFUSED':
      return 'The connection was refused';
    case 'ECONNRESET':
      return 'The connection was reset';
    default:
      return 'The request failed';
  }
}
