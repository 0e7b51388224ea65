import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { ServiceContract } from '../../contracts/service.ts';
import { createLog, type Log } from '../observe/log.ts';
import { startTelemetry } from '../observe/telemetry.ts';
import { type BaseConfig, ConfigError, configExitCode, conventionalDefaults, readConfig } from './config.ts';
import { describeFailure } from './describe-failure.ts';
import { platformVersion } from './version.ts';

export interface StartContext<Config> {
  config: Config;
  log: Log;
  /** Aborts when the process has to stop; for loops and long waits. */
  signal: AbortSignal;
  /** Registers a function to call after the last request. The last one registered is called first. */
  onClose(close: () => Promise<void> | void): void;
}

export interface RunOptions<S extends z.ZodObject> {
  contract: ServiceContract;
  /** `baseConfig`, extended with the service's own variables. */
  configSchema: S;
  /** Opens dependencies and creates the app. Must not wait until dependencies are available. */
  start(context: StartContext<z.output<S>>): FastifyInstance | Promise<FastifyInstance>;
}

/** Maximum time for running requests after SIGTERM, milliseconds. */
const drainLimitMs = 5_000;
/** Maximum time from SIGTERM to the exit of the process, milliseconds. */
const closeLimitMs = 8_000;

function exitForConfig({ contract }: Pick<RunOptions<z.ZodObject>, 'contract'>, error: ConfigError): never {
  for (const line of error.message.split('\n')) process.stderr.write(`${contract.name}: ${line}\n`);
  process.exit(configExitCode);
}

function readConfigOrExit<S extends z.ZodObject>(options: RunOptions<S>): z.output<S> & BaseConfig {
  try {
    return readConfig(options.configSchema, {
      env: process.env,
      defaults: conventionalDefaults(options.contract),
    }) as z.output<S> & BaseConfig;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return exitForConfig(options, error);
  }
}

async function listen(app: FastifyInstance, config: BaseConfig): Promise<number> {
  await app.ready();
  const target =
    config.LISTEN_FD === undefined ? { host: config.HOST, port: config.PORT } : { fd: config.LISTEN_FD };
  await new Promise<void>((resolve, reject) => {
    app.server.once('error', reject);
    app.server.listen(target, () => {
      app.server.off('error', reject);
      resolve();
    });
  });
  return (app.server.address() as AddressInfo | null)?.port ?? config.PORT;
}

/**
 * Runs a service process: reads the configuration, starts telemetry and the app, listens, and shuts down on SIGTERM or
 * SIGINT. Exit codes: 0 after a clean shutdown, 1 when it could not start or crashed, 78 for an invalid configuration.
 */
export async function runService<S extends z.ZodObject>(options: RunOptions<S>): Promise<void> {
  const { contract } = options;
  const config = readConfigOrExit(options);
  const log = createLog({ service: contract.name, level: config.LOG_LEVEL });
  const stopping = new AbortController();
  const closers: (() => Promise<void> | void)[] = [];

  function die(reason: string, error: unknown): void {
    log.fatal({ err: error }, `${reason}: ${describeFailure(error)}`);
    log.flush(() => process.exit(1));
    // The reader of the log may be gone.
    setTimeout(() => process.exit(1), 500).unref();
  }
  process.on('uncaughtException', (error) => die('uncaught error', error));
  process.on('unhandledRejection', (error) => die('unhandled rejection', error));

  let app: FastifyInstance;
  try {
    const telemetry = await startTelemetry({
      service: contract.name,
      version: platformVersion,
      endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
      ratio: config.OTEL_TRACES_SAMPLER_ARG,
    });
    closers.push(telemetry.close);
    app = await options.start({
      config,
      log,
      signal: stopping.signal,
      onClose: (close) => closers.push(close),
    });
    const port = await listen(app, config);
    log.info({ port }, 'listening');
  } catch (error) {
    // A setting that this machine does not allow.
    if (error instanceof ConfigError) exitForConfig(options, error);
    die('could not start', error);
    return;
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    // A second signal ends the process at once.
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.removeAllListeners(name);
    log.info({ signal }, 'stopping');
    stopping.abort(new Error(`stopping after ${signal}`));
    setTimeout(() => app.server.closeAllConnections(), drainLimitMs).unref();
    setTimeout(
      () => die('stopping took too long', new Error(`more than ${closeLimitMs} ms`)),
      closeLimitMs,
    ).unref();
    await app.close();
    for (const close of closers.reverse()) {
      try {
        await close();
      } catch (error) {
        log.warn({ err: error }, 'closing failed');
      }
    }
    log.info('stopped');
    log.flush(() => process.exit(0));
  }
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => void stop(name));
}
