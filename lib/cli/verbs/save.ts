import type { Command } from 'commander';
import type { OmittedObject } from '../../../types/document.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import type { Context } from '../context.js';
import { formatJson } from '../json.js';
import {
  addExamples,
  addJsonOption,
  addKernelOptions,
  type KernelOptions,
  type OutputOptions,
  oneOf,
  withIpvs,
} from '../verb.js';

type Format = 'rules' | 'yaml' | 'json';

interface SaveOptions extends KernelOptions, OutputOptions {
  readonly format?: Format;
  readonly output?: string;
}

export function configure(command: Command, context: Context): void {
  command
    .description(
      'Write services with their destinations, timeouts and sync daemons, so that restore brings them back.\n' +
        'Rules are those of ipvsadm, which reads them with -R. A document in YAML or JSON has no sync daemons.',
    )
    .option(
      '--format <format>',
      'rules, yaml or json (default: rules)',
      oneOf('rules', 'yaml', 'json'),
    )
    .option('--output <file>', 'write to a file that only its owner may read, whole or not at all');
  addJsonOption(addKernelOptions(command));
  addExamples(
    command,
    ['ipvs save', 'everything as rules, to the terminal'],
    ['ipvs save --output /etc/ipvs.rules', 'everything as rules, to a file'],
    ['ipvs save --format yaml', 'everything as a document'],
  );
  command.action(async (options: SaveOptions) => {
    const format = options.json === true ? 'json' : (options.format ?? 'rules');
    const { text, omitted, isConsistent } = await withIpvs(context, options, (ipvs) =>
      read(ipvs, format),
    );
    if (options.output === undefined) context.stdout.write(text);
    else {
      const { writePrivateFile } = await import('../write-file.js');
      await writePrivateFile(options.output, text);
    }
    if (!isConsistent) {
      context.stderr.write('ipvs: the table kept changing while it was read\n');
      context.exitCode = 1;
    }
    for (const object of omitted) context.stderr.write(`ipvs: left out ${describe(object)}\n`);
    if (omitted.length > 0) context.exitCode = 1;
  });
}

interface Saved {
  readonly text: string;
  /** What could not be written. */
  readonly omitted: readonly OmittedObject[];
  readonly isConsistent: boolean;
}

async function read(ipvs: Ipvs, format: Format): Promise<Saved> {
  const snapshot = await ipvs.snapshot({ addresses: false });
  const omitted: OmittedObject[] = [];
  const onOmitted = (object: OmittedObject) => omitted.push(object);
  const isConsistent = snapshot.consistent;
  if (format === 'rules') {
    const { formatRules } = await import('../../rules/format-rules.js');
    const syncDaemons = await ipvs.syncDaemons();
    const options = { timeouts: snapshot.timeouts, syncDaemons, onOmitted };
    return { text: formatRules(snapshot, options), omitted, isConsistent };
  }
  const { exportDocument } = await import('../../declarative/document/export-document.js');
  const document = exportDocument(snapshot, { timeouts: true, onOmitted });
  const text =
    format === 'json' ? `${formatJson(document)}\n` : (await import('yaml')).stringify(document);
  return { text, omitted, isConsistent };
}

function describe({ service, path, issues }: OmittedObject): string {
  const reasons = issues.map(({ message }) => message).join('; ');
  return `${service ?? path}: ${reasons === '' ? 'it cannot be asked for' : reasons}`;
}
