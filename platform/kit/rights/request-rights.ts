import {
  type Authority,
  allows,
  hasTenantRole,
  type Level,
  type TenantNeed,
  type WorkspaceRole,
} from '../../contracts/rights.ts';
import { problem } from '../http/problem.ts';
import { judgeLevel, type Ruling, roleIn } from './judge.ts';

/** @throws ProblemError `not_found` when hidden, `forbidden` when forbidden */
export function enforce(ruling: Ruling): void {
  if (ruling.kind === 'hidden') throw problem('not_found');
  if (ruling.kind === 'forbidden') throw problem('forbidden', { message: ruling.message });
}

interface RequestRightsParts {
  authority: Authority;
  /** The workspace of the object that the request names. */
  workspaceId: string | undefined;
  /** A signal that aborts when the rights do not hold any more, until the response is complete. */
  watch: (holds: (authority: Authority) => boolean) => AbortSignal;
}

/** What the caller of one request may do. The kit has judged what the route needs before. */
export class RequestRights {
  readonly authority: Authority;
  readonly #workspaceId: string | undefined;
  readonly #watch: RequestRightsParts['watch'];

  constructor({ authority, workspaceId, watch }: RequestRightsParts) {
    this.authority = authority;
    this.#workspaceId = workspaceId;
    this.#watch = watch;
  }

  /** The workspace of the object that the request names; only on routes that need a right there. */
  get workspaceId(): string {
    if (this.#workspaceId === undefined) throw new Error('this route names no object of a workspace');
    return this.#workspaceId;
  }

  /** Null if the caller is in no workspace. */
  get defaultWorkspaceId(): string | null {
    return this.authority.default_workspace_id;
  }

  roleIn(workspaceId: string): WorkspaceRole | undefined {
    return roleIn(this.authority, workspaceId);
  }

  /** The workspaces in which the caller has a level. */
  workspaceIds(level: Level): string[] {
    return this.authority.workspaces.filter(({ role }) => allows(role, level)).map(({ id }) => id);
  }

  /** @throws ProblemError `not_found` without the right to read, `forbidden` below the level */
  require(level: Level, workspaceId: string): void {
    enforce(judgeLevel(this.authority, level, workspaceId));
  }

  hasTenantRole(need: TenantNeed): boolean {
    return hasTenantRole(this.authority, need);
  }

  /** Aborts within 5 s when the caller loses a level in a workspace. For answers that take long. */
  signalWhile(level: Level, workspaceId: string): AbortSignal {
    return this.#watch((authority) => allows(roleIn(authority, workspaceId), level));
  }
}
