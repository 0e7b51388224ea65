// @ts-check
'use strict';
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire, wrap } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

/**
 * How long after its start a program has called everything that it calls at a start, milliseconds. Later V8 drops the
 * code that was not called again.
 */
const startedAfterMs = 3_000;

/**
 * Runs a script with the compiled code of an earlier start. The cache of Node has the functions only that are compiled
 * before a file runs, i.e. nearly nothing of bundled CommonJS packages; this one has those that a start has called.
 *
 * @param {string} file path of the script, whose name is that of the program
 * @param {string | undefined} folder Folder of compiled code. Undefined: none is read or kept.
 */
exports.startScript = (file, folder) => {
  const name = `${process.version}-${process.arch}-${file.slice(dirname(file).length + 1)}.code`;
  const cacheFile = folder && join(folder, name);
  const cachedData = cacheFile && read(cacheFile);
  const script = new Script(wrap(readFileSync(file, 'utf8')), {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
  });
  if (cacheFile && (cachedData === undefined || script.cachedDataRejected)) keepCode(script, cacheFile);
  const program = { exports: {} };
  script.runInThisContext()(program.exports, createRequire(file), program, file, dirname(file));
};

/**
 * @param {import('node:vm').Script} script
 * @param {string} file
 */
function keepCode(script, file) {
  const keep = () => {
    clearTimeout(timer);
    process.removeListener('exit', keep);
    // Programs of other runs may start now, and must not read half a file.
    const temporary = `${file}.${process.pid}`;
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(temporary, script.createCachedData());
      renameSync(temporary, file);
    } catch {
      // Without the file, the next start compiles again.
    }
  };
  const timer = setTimeout(keep, startedAfterMs).unref();
  process.once('exit', keep);
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
