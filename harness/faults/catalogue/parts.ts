import type { ServiceName } from '../../../platform/contracts/service.ts';
import { movedClockOptions } from '../../runtime/process/moved-clock.ts';
import { databaseRoles } from '../../runtime/stack/service-environment.ts';
import type { EnvironmentChange, SourceChange, SqlChange, VariableChange } from '../change.ts';

/** A URL at which nothing listens. */
export const closedUrl = 'http://127.0.0.1:1';

/** The services that store data in PostgreSQL. */
export const storingServices = Object.keys(databaseRoles) as ServiceName[];

/** Statements of the database owner. */
export function sql(apply: string, restore: string): SqlChange {
  return { kind: 'sql', apply, restore };
}

/** Id of the check that a service is ready. */
export function readyCheck(service: ServiceName): string {
  return service === 'frontend' ? 'frontend.ready' : `services.${service}.ready`;
}

/** Id of the check that a service of the back end does its work. */
export function availableCheck(service: ServiceName): string {
  return `services.${service}.available`;
}

/** Environment variables of one service. */
export function variablesOf(
  service: ServiceName,
  set: Readonly<Record<string, VariableChange>>,
): EnvironmentChange {
  return { kind: 'environment', service, set };
}

/** Code that a service runs before its own. It needs no file, so every runtime can inject it. */
export function runsFirst(service: ServiceName, code: string): EnvironmentChange {
  return variablesOf(service, {
    NODE_OPTIONS: withOption(`--import=data:text/javascript,${encodeURIComponent(code)}`),
  });
}

/**
 * A clock of one service that differs from that of the others.
 * @param offsetMs milliseconds; negative: behind
 */
export function clockMoved(service: ServiceName, offsetMs: number): EnvironmentChange {
  const [option = '', value = ''] = movedClockOptions(offsetMs);
  return variablesOf(service, { NODE_OPTIONS: withOption(`${option}=${value}`) });
}

/** One more option of Node, beside those that the service has. */
export function withOption(option: string): VariableChange {
  return ({ NODE_OPTIONS: others }) => (others ? `${others} ${option}` : option);
}

/** A changed place of a file below `platform/`. */
export function source(file: string, find: string, replace: string): SourceChange {
  return { kind: 'source', file: `platform/${file}`, find, replace };
}
