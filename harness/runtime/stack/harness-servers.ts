/** Servers of the harness that services call. Each is absent where nothing listens. */
export interface HarnessServers {
  /** Base URL of an OTLP/HTTP receiver for the services' spans. */
  readonly telemetry?: string;
  /** Language model with the protocol of the Gemini API. */
  readonly model?: { readonly url: string; readonly key: string };
  /** URL of an SMTP server that keeps every mail. */
  readonly mail?: string;
}

/** The variables by which a service uses the harness's servers. */
export function serverVariables(
  service: string,
  { telemetry, model, mail }: HarnessServers,
): Record<string, string> {
  return {
    ...(telemetry === undefined
      ? {}
      : {
          OTEL_EXPORTER_OTLP_ENDPOINT: telemetry,
          // Only requests that a check marks as sampled are traced: tracing everything would slow the services down.
          OTEL_TRACES_SAMPLER_ARG: '0',
        }),
    ...(service === 'llm-orchestrator' && model
      ? { GEMINI_API_URL: model.url, GEMINI_API_KEY: model.key }
      : {}),
    ...(service === 'platform-services' && mail !== undefined ? { SMTP_URL: mail } : {}),
  };
}

/**
 * The same servers at the addresses by which others reach them.
 * @param reach gives host and port for a port of this machine's loopback interface
 */
export async function serversAt(
  servers: HarnessServers,
  reach: (port: number) => Promise<string>,
): Promise<HarnessServers> {
  const { telemetry, model, mail } = servers;
  const moved = async (url: string): Promise<string> => {
    const { protocol, port } = new URL(url);
    return `${protocol}//${await reach(Number(port))}`;
  };
  return {
    ...(telemetry === undefined ? {} : { telemetry: await moved(telemetry) }),
    ...(model ? { model: { ...model, url: await moved(model.url) } } : {}),
    ...(mail === undefined ? {} : { mail: await moved(mail) }),
  };
}
