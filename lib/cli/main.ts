#!/usr/bin/env node
// The command. Called by the name of ipvsadm, it is ipvsadm.
import { basename } from 'node:path';
import { processContext } from './context.js';
import { run } from './run.js';

// Whoever reads no further, such as `head`, has what they wanted.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

const [, script = '', ...words] = process.argv;
const context = processContext();
// Not awaited: what is loaded later shares code with this file, and would wait for its end.
void run(basename(script) === 'ipvsadm' ? ['ipvsadm', ...words] : words, context).then(() => {
  process.exitCode = context.exitCode;
});
