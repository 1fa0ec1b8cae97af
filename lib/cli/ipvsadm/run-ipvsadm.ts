import { CommandLineError } from '../../rules/command-line-error.js';
import {
  type CommandLine,
  type ListRequest,
  readCommandLine,
  tryHelp,
} from '../../rules/read-command-line.js';
import { splitWords } from '../../rules/words.js';
import type { Context } from '../context.js';
import { carryOut } from './carry-out.js';
import { Failure } from './failure.js';
import { helpText, versionText } from './help.js';
import { kernelMessage } from './kernel-messages.js';
import { readLines } from './lines.js';
import { listConnections } from './list-connections.js';
import { type Asked, listService, listServices, saveServices } from './list-services.js';
import { listDaemons, listTimeouts } from './list-settings.js';
import { Session } from './session.js';

/** Does what `ipvsadm` does with those words, and answers its exit status. */
export async function runIpvsadm(words: readonly string[], context: Context): Promise<number> {
  await using session = new Session(context);
  try {
    await runWords(words, session);
    return 0;
  } catch (error) {
    return report(error, context);
  }
}

async function runWords(words: readonly string[], session: Session): Promise<void> {
  if (words.length === 0) {
    session.context.stdout.write(
      await listServices(await session.ipvs(), new Set(), session.names),
    );
    return;
  }
  const line = await readWords(words, session);
  if (line.kind !== 'restore') return runLine(line, session);
  const status = await restore(session);
  if (status !== 0) throw new Failure('', status);
}

function readWords(words: readonly string[], { names }: Session): Promise<CommandLine> {
  return names.read((names) => readCommandLine(words, { names, lenient: false }));
}

async function runLine(line: CommandLine, session: Session): Promise<void> {
  const { stdout } = session.context;
  switch (line.kind) {
    case 'help':
      stdout.write(helpText());
      return;
    case 'version':
      stdout.write(versionText());
      return;
    case 'command':
      return carryOut(line.command, await session.ipvs());
    case 'save': {
      const asked: Asked = new Set(line.numeric ? ['numeric'] : []);
      stdout.write(await saveServices(await session.ipvs(), asked, session.names));
      return;
    }
    case 'list':
      return list(line.request, session);
    case 'restore':
      throw new CommandLineError(tryHelp, 'a command that is not -R', undefined, 255);
  }
}

async function list({ service, said }: ListRequest, session: Session): Promise<void> {
  const { names, context } = session;
  const ipvs = await session.ipvs();
  if (said.has('connection')) {
    for await (const text of listConnections(ipvs, said, names)) context.stdout.write(text);
    return;
  }
  context.stdout.write(
    service !== undefined
      ? await listService(ipvs, service, said, names)
      : said.has('timeout')
        ? await listTimeouts(ipvs)
        : said.has('daemon')
          ? await listDaemons(ipvs)
          : await listServices(ipvs, said, names),
  );
}

/** Carries out what is read, line by line. A line that cannot be read ends it; one that the kernel refuses does not. */
async function restore(session: Session): Promise<number> {
  let status = 0;
  for await (const line of readLines(session.context.stdin)) {
    const words = splitWords(line).map(({ text }) => text);
    if (words[0] === 'ipvsadm') words.shift();
    if (words.length === 0) continue;
    status = 0;
    try {
      await runLine(await readWords(words, session), session);
    } catch (error) {
      if (!isPassing(error)) throw error;
      status = report(error, session.context);
    }
  }
  return status;
}

/** Whether the lines behind are carried out all the same. */
function isPassing(error: unknown): boolean {
  if (error instanceof CommandLineError) return error.status === 255 && error.message !== tryHelp;
  return error instanceof Failure && error.status === 255;
}

function report(error: unknown, { stderr }: Context): number {
  if (error instanceof CommandLineError || error instanceof Failure) {
    if (error.message !== '') stderr.write(`${error.message}\n`);
    return error.status;
  }
  stderr.write(`${kernelMessage(error)}\n`);
  return 1;
}
