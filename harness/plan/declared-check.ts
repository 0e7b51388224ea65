import type { Criterion } from './criterion.ts';
import type { CategoryId, ConditionId, Severity } from './outcome.ts';
import type { Capability, Remediation } from './plan.ts';
import type { StandardId } from './standards/standard-id.ts';

/**
 * What a check does to a platform that other people use. `load`: many requests or connections at the same time.
 * `drill`: ends or breaks a part of the platform. `database`: statements that change other tenants' rows if the rights
 * are wrong.
 */
export interface Destructive {
  kind: 'load' | 'drill' | 'database';
  /** What it does, e.g. `sends 50 requests per second`. */
  effect: string;
}

/** The data of a check as its author writes it. `toPlan` fills in the defaults. */
export interface DeclaredCheck {
  /** `category.subject.what-is-true-when-it-passes`, unique. */
  id: string;
  title: string;
  /** What a failure shows, in the form of `title`, e.g. `A client gets records of another tenant`. Default: `title`. */
  failureTitle?: string;
  /** Why it matters for a release, in one or two sentences. */
  why: string;
  category: CategoryId;
  severity: Severity;
  /** Weight within the category, default 1. */
  weight?: number;
  /** Ids of checks that must pass first. */
  needs?: readonly string[];
  requires?: readonly Capability[];
  /**
   * Number of signed-in users of different tenants, at least 1, for a check that existing accounts suffice for. It must
   * not change the accounts or end their sessions, and must work with objects that they have already; objects of its
   * own it creates through the gateway or the services' HTTP routes. Absent for a check that needs no user or new ones.
   */
  users?: number;
  /** Services that must be booted, default none. */
  services?: readonly string[];
  /** Nodes that must run until the end of the run: the check fails if one exits, even after it passed. */
  staysUp?: readonly string[];
  /** Absent for a check that disturbs nobody. A deployed target rejects it unless the target file allows its id. */
  destructive?: Destructive;
  conditions?: readonly ConditionId[];
  /** Requirements of published standards that the check measures. */
  standards?: readonly StandardId[];
  remediation: Remediation;
  /** Time limit, milliseconds; default 15,000. */
  timeoutMs?: number;
  expects: Readonly<Record<string, Criterion>>;
  /**
   * Names of the expectations that show that what the check tests works at all, e.g. `ownerCanRead`. When only these
   * are not met, the report says that a control fails, and not what `failureTitle` says.
   */
  controls?: readonly string[];
}
