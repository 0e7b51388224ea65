import type { Symptom } from '../symptom.ts';

/** What programs and machines say when they do not start or do not go on. */
export const programSymptoms: readonly Symptom[] = [
  {
    id: 'build.context',
    pattern:
      /is not a valid editable requirement|COPY failed|failed to compute cache key|failed to solve:|not found in build context|outside of the build context|file:\.\.\/|Could not open requirements file/i,
    about: 'component',
    rank: 3,
    means: 'has an image that does not build',
    cause: 'The build needs something that is not in its context.',
    fix: 'Move it into the repository, publish it as a package, or add it to the context.',
    fault: 'build.missing-shared-package',
  },
  {
    id: 'program.module-missing',
    pattern:
      /ModuleNotFoundError|No module named|ImportError|Cannot find (?:module|package)|ERR_MODULE_NOT_FOUND|cannot import name|ClassNotFoundException|NoClassDefFoundError/,
    about: 'component',
    rank: 3,
    means: 'does not start: a module is missing',
    cause: 'A module that the program imports is not where it is looked for.',
    fix: 'Install or copy the module, or correct the path of the import.',
    fault: 'service.exits-at-start',
  },
  {
    id: 'program.setting-missing',
    pattern:
      /validation errors? for \w*Settings|SettingsError|Field required|(?:environment variable|env(?:ironment)? var) \S+ (?:is )?(?:not set|missing|required)|KeyError: '[A-Z][A-Z0-9_]+'|[A-Z][A-Z0-9_]{3,}: (?:(?:is )?(?:required|missing|not set)|must be )|Missing (?:required )?(?:environment )?variable/i,
    about: 'component',
    rank: 3,
    means: 'does not start: a setting is missing or cannot be read',
    cause: 'This way to start the platform sets other variables than the service needs.',
    fix: 'Set the variable that the message names, in the form that it asks for.',
    fault: 'configuration.missing-variable',
  },
  {
    id: 'program.port-taken',
    pattern: /EADDRINUSE|address already in use|port is already allocated|\[Errno 98\]/i,
    about: 'component',
    rank: 3,
    means: 'cannot listen: its port is taken',
    cause: 'Two programs are configured for the same port of one machine.',
    fix: 'Stop the other program, or give one of them another port.',
    fault: 'service.port-taken',
  },
  {
    id: 'program.memory',
    pattern:
      /OOMKilled|out of memory|JavaScript heap|MemoryError|Cannot allocate memory|exit(?:ed with)? code 137|exited \(137\)/i,
    about: 'component',
    rank: 3,
    means: 'has no memory left',
    cause: 'It holds more than its limit allows, or the limit is below what it needs.',
    fix: 'Look at its memory over time: a rise without an end is a leak, a step is one large request.',
  },
  {
    id: 'program.disk',
    pattern: /ENOSPC|No space left on device|disk quota exceeded|\b53100\b/i,
    about: 'component',
    rank: 3,
    means: 'has no room on its disk',
    cause: 'Logs, uploads or old data fill the volume.',
    fix: 'Free the volume, and delete what is outdated by a setting of its own.',
    fault: 'files.no-room',
  },
  {
    id: 'tokens.not-verified',
    pattern:
      /invalid signature|signature verification failed|JWSSignatureVerificationFailed|JWKSNoMatchingKey|no (?:applicable|matching) key|unexpected "(?:iss|aud)" claim|Invalid (?:issuer|audience)/i,
    about: 'component',
    rank: 3,
    means: 'does not accept the tokens of this platform',
    cause: 'It has other keys, or expects another issuer, than the service that signs them.',
    fix: 'Read the keys from the service that signs, and use one issuer everywhere.',
    fault: 'tokens.foreign-keys',
  },
  {
    id: 'tokens.clock',
    pattern:
      /"nbf" claim timestamp check failed|token (?:is )?not (?:yet )?(?:active|valid)|ImmatureSignatureError|issued in the future/i,
    about: 'component',
    rank: 3,
    means: 'has another time than the service that signs tokens',
    cause: 'The clocks of two machines differ.',
    fix: 'Set the clocks by one source.',
    fault: 'tokens.moved-clock',
  },
  {
    id: 'network.certificate',
    pattern:
      /CERT_HAS_EXPIRED|certificate has expired|self[- ]signed certificate|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERTIFICATE_VERIFY_FAILED|certificate verify failed/i,
    about: 'peer',
    rank: 3,
    means: 'has a certificate that its clients do not accept',
    cause: 'The certificate has ended, or nobody told the clients who signed it.',
    fix: 'Renew it, or give the clients the certificate of its signer.',
  },
  {
    id: 'program.wrong-type',
    pattern:
      /TypeError: .*(?:unexpected keyword argument|missing \d+ required positional|takes \d+ positional|is not a function)|AttributeError: /,
    about: 'component',
    rank: 3,
    means: 'calls its own code with other arguments than it takes',
    cause: 'Two parts of the program were changed apart.',
    fix: 'Correct the call that the stack trace names.',
    fault: 'model.chat-500',
  },
  {
    id: 'program.exited',
    pattern:
      /exited with code [1-9]\d*|was ended by SIG(?:KILL|SEGV|ABRT)|CrashLoopBackOff|Restarting \([1-9]\d*\)/i,
    about: 'component',
    rank: 2,
    means: 'has ended',
    cause: 'Its last lines say why; without any, the machine ended it.',
    fix: 'Read the last lines of its log.',
    fault: 'service.down',
  },
];
