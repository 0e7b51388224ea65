/**
 * Asks a service whether it is ready. A response of another service does not count.
 * @returns the problem; undefined when the service is ready
 */
export async function checkHealth(options: {
  service: string;
  url: string;
  timeoutMs: number;
}): Promise<string | undefined> {
  try {
    const response = await fetch(options.url, { signal: AbortSignal.timeout(options.timeoutMs) });
    const text = await response.text();
    const { service } = parse(text);
    if (service !== options.service) return `${options.url} is not ${options.service}: ${text.slice(0, 200)}`;
    return response.status === 200 ? undefined : `${response.status}: ${text.slice(0, 1_000)}`;
  } catch (error) {
    const { cause } = error as Error;
    return `${options.url} does not respond: ${cause instanceof Error ? cause.message : String(error)}`;
  }
}

function parse(text: string): { service?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
