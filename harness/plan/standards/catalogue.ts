import { requirements as first } from './asvs-1-to-8.ts';
import { requirements as second } from './asvs-9-to-17.ts';
import type { StandardId } from './standard-id.ts';

/** A requirement of OWASP ASVS 5.0.0. Number and level are the standard's, the subject is in our own words. */
export interface Requirement {
  id: StandardId;
  level: 1 | 2 | 3;
  subject: string;
}

/** The titles of the chapters of OWASP ASVS 5.0.0, from chapter 1 on. */
const chapterTitles = [
  'Encoding and Sanitization',
  'Validation and Business Logic',
  'Web Frontend Security',
  'API and Web Service',
  'File Handling',
  'Authentication',
  'Session Management',
  'Authorization',
  'Self-contained Tokens',
  'OAuth and OIDC',
  'Cryptography',
  'Secure Communication',
  'Configuration',
  'Data Protection',
  'Secure Coding and Architecture',
  'Security Logging and Error Handling',
  'WebRTC',
] as const;

/** The risks of the OWASP API Security Top 10 of 2023. */
const apiRisks = [
  'Broken object level authorization',
  'Broken authentication',
  'Broken object property level authorization',
  'Unrestricted resource consumption',
  'Broken function level authorization',
  'Unrestricted access to sensitive business flows',
  'Server-side request forgery',
  'Security misconfiguration',
  'Improper inventory management',
  'Unsafe consumption of APIs',
] as const;

export const asvsRequirements: readonly Requirement[] = [...first, ...second].map(
  ([number, level, subject]) => ({ id: `ASVS ${number}` as StandardId, level, subject }),
);

/** A chapter of the ASVS with its requirements, or a risk of the API Top 10 with itself. */
export interface StandardPart {
  /** `V9` or `API2`. */
  id: string;
  title: string;
  requirements: readonly StandardId[];
}

export const standardParts: readonly StandardPart[] = [
  ...chapterTitles.map((title, index): StandardPart => {
    const prefix = `ASVS ${index + 1}.`;
    const requirements = asvsRequirements.map(({ id }) => id).filter((id) => id.startsWith(prefix));
    return { id: `V${index + 1}`, title, requirements };
  }),
  ...apiRisks.map((title, index): StandardPart => {
    const id = `API${index + 1}` as const;
    return { id, title, requirements: [id] };
  }),
];
